import 'reflect-metadata';
import { writeFile } from 'node:fs/promises';
import { CLIENT_TYPES_FILE, previewOpenApiDocument, renderClientTypes } from './client-types.js';

await writeFile(CLIENT_TYPES_FILE, await renderClientTypes(await previewOpenApiDocument()));
