// Writes client/src/wire.ts from the OpenAPI document of the built application, without a database or Stripe: nothing
// but the controllers is looked at.
import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { NestFactory } from '@nestjs/core';
import { renderWireTypes } from '../client/generate.mjs';
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
const types = await renderWireTypes(createOpenApiDocument(app));
writeFileSync(path.resolve(import.meta.dirname, '../client/src/wire.ts'), types);
