import { type components } from './catalogue-types.js';

/** A catalogue as it is written: what is sold, in the form of `catalogue.schema.json`. */
export type Catalogue = components['schemas']['Catalogue'];

/**
 * A catalogue in TypeScript, with the help of the editor. The service reads JSON: write what this returns into the file that
 * `BILLING_CATALOGUE` names, in a step of your build.
 */
export function defineCatalogue(catalogue: Catalogue): Catalogue {
  return catalogue;
}
