import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { eventually } from './child-programs.js';

const MAIN = path.resolve(import.meta.dirname, '../../src/main.js');

/** The program as `npm start` runs it, with nothing configured but where its data and its ports are. */
export class NpmStart {
  output = '';
  errors = '';
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;

  constructor(environment: Record<string, string>) {
    this.child = spawn(process.execPath, [MAIN], {
      env: { PATH: process.env.PATH, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.output += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.errors += chunk.toString()));
    this.ended = once(this.child, 'exit');
  }

  /** What the welcome says beside a name. */
  told(name: string): string {
    return new RegExp(`^${name} +(\\S+)$`, 'm').exec(this.output)?.[1] ?? '';
  }

  async ready(): Promise<void> {
    await eventually(() => this.told('Demo token') !== '' || this.child.exitCode !== null, 60);
    if (this.child.exitCode !== null) throw new Error(this.errors);
  }

  /** A request of the demo user. */
  call(method: string, address: string, body?: object, token = this.told('Demo token')): Promise<Response> {
    return fetch(`${this.told('API')}${address}`, {
      method,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }
}
