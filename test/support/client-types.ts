import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** Seen from the compiled output, which lies one folder deeper. */
const CLIENT = path.resolve(import.meta.dirname, '../../../client');

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
