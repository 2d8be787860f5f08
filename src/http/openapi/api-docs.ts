import { applyDecorators, type Type } from '@nestjs/common';
import {
  ApiBearerAuth,
  ApiExtension,
  ApiExtraModels,
  ApiOkResponse,
  ApiSecurity,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { type ErrorCode } from '../../common/billing-error.js';

/** Begins the names under which an operation lists its errors until the document is completed (`openapi.ts`). */
export const PROBLEM_EXTENSION = 'x-problem-';

/** Documents a controller whose routes need a token: the tag, the bearer button, 401, 403 and 429. */
export function BillingRoutes(): ClassDecorator {
  return applyDecorators(
    ApiTags('billing'),
    ApiBearerAuth(),
    ApiSecurity('service_key'),
    Problems('authentication_required', 'user_inactive', 'scope_required', 'rate_limited'),
    Problems('organization_inactive', 'organization_ambiguous'),
  );
}

/** Documents a controller whose routes need a token of an administrator. */
export function OperatorRoutes(): ClassDecorator {
  return applyDecorators(
    ApiTags('operator'),
    ApiBearerAuth(),
    ApiSecurity('service_key'),
    Problems('authentication_required', 'user_inactive', 'role_required', 'scope_required', 'rate_limited'),
  );
}

/**
 * Documents the errors of a route or a controller. What follows from the kind of a route (a body that is no JSON, an
 * Idempotency-Key in use) is added by itself.
 */
export function Problems(...codes: ErrorCode[]): ClassDecorator & MethodDecorator {
  return applyDecorators(...codes.map((code) => ApiExtension(`${PROBLEM_EXTENSION}${code}`, true)));
}

/** Documents a route that returns 200 with an object or with the JSON value `null`. */
export function OkOrNull(type: Type, description: string): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(type),
    ApiOkResponse({ description, schema: { nullable: true, allOf: [{ $ref: getSchemaPath(type) }] } }),
  );
}
