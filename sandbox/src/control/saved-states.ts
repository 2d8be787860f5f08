import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { StorageUnavailable } from '../errors/storage-unavailable.js';
import { type Kernel, type SavedState } from '../kernel/kernel.js';
import { ControlError } from './control-error.js';

/** States of the sandbox by name: files beside the journal, or in memory when there is no data directory. */
export class SavedStates {
  private readonly inMemory = new Map<string, string>();
  private readonly directory: string | undefined;

  constructor(
    private readonly kernel: Kernel,
    dataDirectory: string | undefined,
  ) {
    this.directory = dataDirectory === undefined ? undefined : path.join(dataDirectory, 'states');
  }

  names(): string[] {
    if (this.directory === undefined) return [...this.inMemory.keys()].sort();
    if (!existsSync(this.directory)) return [];
    return readdirSync(this.directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .sort();
  }

  async save(name: string): Promise<void> {
    await this.kernel.idle();
    const text = JSON.stringify(this.kernel.snapshot());
    if (this.directory === undefined) {
      this.inMemory.set(name, text);
      return;
    }
    const file = path.join(this.directory, `${name}.json`);
    try {
      await mkdir(this.directory, { recursive: true });
      await writeFile(`${file}.new`, text, { flush: true });
      await rename(`${file}.new`, file);
    } catch (error) {
      await rm(`${file}.new`, { force: true });
      throw new StorageUnavailable(error);
    }
  }

  async load(name: string): Promise<void> {
    const text = await this.read(name);
    if (text === undefined) throw new ControlError(404, `no state is called ${name}`);
    await this.kernel.restore(JSON.parse(text) as SavedState);
  }

  private async read(name: string): Promise<string | undefined> {
    if (this.directory === undefined) return this.inMemory.get(name);
    const file = path.join(this.directory, `${name}.json`);
    return existsSync(file) ? readFile(file, 'utf8') : undefined;
  }
}

/** The name of a control call. Throws `ControlError`. */
export function stateName(value: unknown): string {
  if (typeof value === 'string' && /^[A-Za-z0-9_-]{1,64}$/.test(value)) return value;
  throw new ControlError(400, 'name must be 1 to 64 letters, digits, dashes or underscores');
}
