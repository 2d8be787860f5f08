import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/**
 * Makes sure that one process uses a data directory: a local socket that the operating system frees when the process
 * dies, also by SIGKILL. Returns how to release it; throws when another process holds it.
 */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  mkdirSync(directory, { recursive: true });
  const name = `stripe-sandbox-${createHash('sha256').update(realpathSync(directory)).digest('hex').slice(0, 24)}`;
  const address = addressOf(name);
  const inUse = new Error(`${directory} is in use by another sandbox`);
  let server = await listen(address);
  if (server === undefined && isFile(address) && !(await answers(address))) {
    rmSync(address, { force: true });
    server = await listen(address);
  }
  if (server === undefined) throw inUse;
  const held = server;
  held.unref();
  return () => new Promise((resolve) => held.close(() => resolve()));
}

/** Linux: an abstract socket, which leaves nothing behind. Windows: a named pipe. Elsewhere: a socket file. */
function addressOf(name: string): string {
  if (process.platform === 'linux') return `\0${name}`;
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  return path.join(tmpdir(), `${name}.sock`);
}

function isFile(address: string): boolean {
  return !address.startsWith('\0') && !address.startsWith('\\') && existsSync(address);
}

function listen(address: string): Promise<net.Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = net.createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(address, () => resolve(server));
  });
}

/** Whether a process listens at a socket file that exists. */
function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
