import { applyDecorators } from '@nestjs/common';
import { ApiBearerAuth, ApiExtraModels, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { type ErrorCode, ERRORS } from './billing-error.js';
import { ProblemDto } from './problem.dto.js';

/** Documents a controller whose routes need a token: the tag, the bearer button, 401 and 429. */
export function BillingRoutes(): ClassDecorator {
  return applyDecorators(
    ApiTags('billing'),
    ApiBearerAuth(),
    Problems('authentication_required', 'user_inactive', 'rate_limited'),
  );
}

/** Documents the errors of a route or a controller: one answer a status, with the text of each code. */
export function Problems(...codes: ErrorCode[]): ClassDecorator & MethodDecorator {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  const answers = [...byStatus].map(([status, group]) =>
    ApiResponse({
      status,
      description: group.map((code) => `\`${code}\`: ${ERRORS[code].detail}`).join('; '),
      content: { 'application/problem+json': { schema: { $ref: getSchemaPath(ProblemDto) } } },
    }),
  );
  return applyDecorators(ApiExtraModels(ProblemDto), ...answers);
}
