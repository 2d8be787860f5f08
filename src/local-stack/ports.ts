import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

const LOOPBACK = '127.0.0.1';
const HIGHEST_PORT = 65535;

/** Whether a program could listen on this port of the loopback address now. */
export async function portIsFree(port: number): Promise<boolean> {
  return (await tryToListen(port)) !== undefined;
}

/** A port of the loopback address that nobody uses now. */
export async function anyFreePort(): Promise<number> {
  const port = await tryToListen(0);
  if (port === undefined) throw new Error('There is no free port');
  return port;
}

/** `first`, or the next port above it that is free; any free one for 0. */
export async function nextFreePort(first: number): Promise<number> {
  if (first === 0) return anyFreePort();
  for (let port = first; port <= HIGHEST_PORT; port++) {
    if (await portIsFree(port)) return port;
  }
  throw new Error(`There is no free port from ${first} on`);
}

async function tryToListen(port: number): Promise<number | undefined> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}
