import { randomUUID } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode } from '../common/error-code.js';

/** The content of a JSON file; undefined when there is no such file. */
export function readJsonFile<T>(file: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch {
    throw new Error(`${file} is damaged: it does not hold JSON`);
  }
}

/** Replaces a JSON file as a whole, readable by its owner only: a process killed on the way leaves the old content. */
export function writeJsonFile(file: string, content: object): void {
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    writeFileSync(draft, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600, flush: true });
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
}
