import openapiTS, { astToString } from 'openapi-typescript';

const HEADER = 'by `npm run client:generate`. Do not edit. */\n\n';
const OPTIONS = { alphabetize: true, defaultNonNullable: false };

/** The text of src/wire.ts for an OpenAPI document. */
export async function renderWireTypes(document) {
  const nodes = await openapiTS(JSON.stringify(document), OPTIONS);
  return `/* Generated from the OpenAPI document ${HEADER}${astToString(nodes)}`;
}

/** The text of src/catalogue-types.ts for the JSON Schema of the catalogue. */
export async function renderCatalogueTypes(schema) {
  const info = { title: 'Catalogue', version: '1' };
  const document = { openapi: '3.1.0', info, paths: {}, components: { schemas: { Catalogue: schema } } };
  const nodes = await openapiTS(JSON.stringify(document), { ...OPTIONS, alphabetize: false });
  return `/* Generated from the JSON Schema of the catalogue ${HEADER}${astToString(nodes)}`;
}

/** The text of catalogue.schema.json. */
export function renderCatalogueSchema(schema) {
  return `${JSON.stringify(schema, null, 2)}\n`;
}
