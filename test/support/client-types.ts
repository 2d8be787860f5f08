import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The folder of the client, which has what its package does not have: its sources and what makes them. */
const CLIENT = path.dirname(createRequire(import.meta.url).resolve('stripe-billing-client/package.json'));

interface Generator {
  renderWireTypes(document: object): Promise<string>;
  renderCatalogueTypes(schema: object): Promise<string>;
  renderCatalogueSchema(schema: object): string;
}

const generator = async () => (await import(path.join(CLIENT, 'generate.mjs'))) as Generator;

/** The types of the wire, as an OpenAPI document tells them. */
export async function renderClientTypes(document: object): Promise<string> {
  return (await generator()).renderWireTypes(document);
}

/** The form of a catalogue, as its JSON Schema tells it: the schema and the types. */
export async function renderCatalogueFiles(schema: object): Promise<{ schema: string; types: string }> {
  const generate = await generator();
  return { schema: generate.renderCatalogueSchema(schema), types: await generate.renderCatalogueTypes(schema) };
}

/** The types that the client was built with. */
export function readClientTypes(): Promise<string> {
  return readClientFile('src/wire.ts');
}

export function readClientFile(name: string): Promise<string> {
  return readFile(path.join(CLIENT, name), 'utf8');
}
