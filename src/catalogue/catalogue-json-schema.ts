import { z } from 'zod';
import { catalogueSchema } from './catalogue.schema.js';

/** The form of the catalogue file for editors and other programs, as JSON Schema. */
export function catalogueJsonSchema(): object {
  return { title: 'Catalogue of a billing service', ...z.toJSONSchema(catalogueSchema, { io: 'input' }) };
}
