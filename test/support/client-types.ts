import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { NestFactory } from '@nestjs/core';
import { type OpenAPIObject } from '@nestjs/swagger';
import { AppModule } from '../../src/app.module.js';
import { BASE_PATH } from '../../src/app.js';
import { JsonExpressAdapter } from '../../src/common/json-express.adapter.js';
import { AppConfig } from '../../src/config/app-config.js';
import { createOpenApiDocument } from '../../src/openapi.js';

/** Seen from the compiled output, which lies one folder deeper. */
const CLIENT = path.resolve(import.meta.dirname, '../../../client');
/** The generated file of the client. */
export const CLIENT_TYPES_FILE = path.join(CLIENT, 'src/wire.ts');

/** The types of the wire, as the OpenAPI document tells them. */
export async function renderClientTypes(document: object): Promise<string> {
  const generator = (await import(path.join(CLIENT, 'generate.mjs'))) as {
    renderWireTypes(document: object): Promise<string>;
  };
  return generator.renderWireTypes(document);
}

export function readClientTypes(): Promise<string> {
  return readFile(CLIENT_TYPES_FILE, 'utf8');
}

/** The document of the application, without a database or Stripe: nothing but the controllers is looked at. */
export async function previewOpenApiDocument(): Promise<OpenAPIObject> {
  const app = await NestFactory.create(AppModule.forRoot(previewConfig()), new JsonExpressAdapter(), {
    preview: true,
    logger: ['error'],
    abortOnError: false,
  });
  app.setGlobalPrefix(BASE_PATH, { exclude: ['health/live', 'health/ready', 'metrics'] });
  return createOpenApiDocument(app);
}

function previewConfig(): AppConfig {
  const prices = ['STARTER', 'PROFESSIONAL', 'ENTERPRISE'].flatMap((tier) =>
    ['MONTHLY', 'YEARLY'].map((interval) => [`STRIPE_${tier}_${interval}_PRICE_ID`, `price_${tier}_${interval}`]),
  );
  return AppConfig.parse({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://unused',
    STRIPE_SECRET_KEY: 'sk_test_unused',
    STRIPE_WEBHOOK_SECRET: 'whsec_unused',
    AUTH_JWT_SECRET: 'unused'.repeat(6),
    ...(Object.fromEntries(prices) as Record<string, string>),
  });
}
