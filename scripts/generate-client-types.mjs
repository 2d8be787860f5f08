// Writes what the client has of the built application: client/src/wire.ts from its OpenAPI document, without a database or
// Stripe, since nothing but the controllers is looked at; client/catalogue.schema.json and the types of a catalogue.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { NestFactory } from '@nestjs/core';
import { renderCatalogueSchema, renderCatalogueTypes, renderWireTypes } from '../client/generate.mjs';
import { catalogueJsonSchema } from '../dist/src/catalogue/catalogue-json-schema.js';
import { BASE_PATH } from '../dist/src/http/app.js';
import { AppModule } from '../dist/src/app.module.js';
import { JsonExpressAdapter } from '../dist/src/http/json-express.adapter.js';
import { AppConfig } from '../dist/src/config/app-config.js';
import { createOpenApiDocument } from '../dist/src/http/openapi/openapi.js';

const prices = ['STARTER', 'PROFESSIONAL', 'ENTERPRISE'].flatMap((tier) =>
  ['MONTHLY', 'YEARLY'].map((interval) => [`STRIPE_${tier}_${interval}_PRICE_ID`, `price_${tier}_${interval}`]),
);
const config = AppConfig.parse({
  DATABASE_URL: 'postgres://unused',
  STRIPE_SECRET_KEY: 'sk_test_unused',
  STRIPE_WEBHOOK_SECRET: 'whsec_unused',
  AUTH_JWT_SECRET: 'unused'.repeat(6),
  ...Object.fromEntries(prices),
});
const app = await NestFactory.create(AppModule.forRoot(config), new JsonExpressAdapter(), {
  preview: true,
  logger: ['error'],
  abortOnError: false,
});
app.setGlobalPrefix(BASE_PATH, { exclude: ['health/live', 'health/ready', 'metrics'] });
const write = (name, text) => writeFileSync(path.resolve(import.meta.dirname, '../client', name), text);
write('src/wire.ts', await renderWireTypes(createOpenApiDocument(app)));
const schema = catalogueJsonSchema();
write('catalogue.schema.json', renderCatalogueSchema(schema));
write('src/catalogue-types.ts', await renderCatalogueTypes(schema));
