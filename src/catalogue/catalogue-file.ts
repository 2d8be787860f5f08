import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type AppConfig, ConfigurationError } from '../config/app-config.js';
import { catalogueOfVariables } from './built-in-catalogue.js';
import { Catalogue } from './catalogue.js';

/**
 * What is sold: the catalogue file, else the built-in catalogue at the prices of the variables.
 * @throws ConfigurationError with the path of each mistake
 */
export function catalogueOf(config: AppConfig): Catalogue {
  return config.catalogueFile === null ? catalogueOfVariables(config) : readCatalogue(config.catalogueFile);
}

/** @throws ConfigurationError with the path of each mistake */
export function readCatalogue(file: string): Catalogue {
  return Catalogue.parse(contentOf(file), path.basename(file));
}

function contentOf(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new ConfigurationError(`BILLING_CATALOGUE: the file ${file} cannot be read`);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new ConfigurationError(`${path.basename(file)}: is no JSON: ${error instanceof Error ? error.message : ''}`);
  }
}
