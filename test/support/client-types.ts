import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The folder of the client, which has what its package does not have: its sources and what makes them. */
const CLIENT = path.dirname(createRequire(import.meta.url).resolve('stripe-billing-client/package.json'));

/** The types of the wire, as an OpenAPI document tells them. */
export async function renderClientTypes(document: object): Promise<string> {
  const generator = (await import(path.join(CLIENT, 'generate.mjs'))) as {
    renderWireTypes(document: object): Promise<string>;
  };
  return generator.renderWireTypes(document);
}

/** The types that the client was built with. */
export function readClientTypes(): Promise<string> {
  return readFile(path.join(CLIENT, 'src/wire.ts'), 'utf8');
}
