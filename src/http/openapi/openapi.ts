import { type INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ProblemDto } from './problem.dto.js';
import { completeProblems } from './openapi-problems.js';

/** The OpenAPI document of the running application. */
export function createOpenApiDocument(app: INestApplication): OpenAPIObject {
  const builder = new DocumentBuilder()
    .setTitle('Billing')
    .setDescription(
      'Subscriptions, invoices, payment methods and checkout of the users of a product, kept true to Stripe. ' +
        'Press "Authorize" and paste a bearer token to try the calls; the embedded set-up prints one of a demo user ' +
        "when it starts. The host's own backend calls the same routes with a service key and `On-Behalf-Of`. " +
        'Amounts are in major units of their currency, times ISO 8601 UTC.',
    )
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: "A user's token" })
    .addSecurity('service_key', {
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'bsk_…',
      description:
        "A key of the host's own backend, made by `npm run cli -- keys create`. `On-Behalf-Of` says for whom it acts. Scopes: " +
        '`read` (every GET of a payer), `act` (also changes), `admin` (also the routes of operators)',
    })
    .addTag('billing', 'What a user can see and do')
    .addTag('operator', 'What an administrator can see and do')
    .addTag('webhook', 'What Stripe calls')
    .addTag('health', 'What load balancers and process managers call');
  const document = SwaggerModule.createDocument(app, builder.build(), { extraModels: [ProblemDto] });
  completeProblems(document);
  return document;
}

/** Swagger UI at /docs, the document at /docs-json. */
export function setupOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => createOpenApiDocument(app), {
    swaggerOptions: { persistAuthorization: true, displayRequestDuration: true, tryItOutEnabled: true },
    customSiteTitle: 'Billing API',
  });
}
