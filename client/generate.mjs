import openapiTS, { astToString } from 'openapi-typescript';

const HEADER = '/* Generated from the OpenAPI document by `npm run client:generate`. Do not edit. */\n\n';

/** The text of src/wire.ts for an OpenAPI document. */
export async function renderWireTypes(document) {
  const nodes = await openapiTS(JSON.stringify(document), { alphabetize: true, defaultNonNullable: false });
  return HEADER + astToString(nodes);
}
