import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { type FieldError, validationFailed } from '../common/billing-error.js';
import { type AuthenticatedRequest } from '../auth/authenticated-request.js';

/**
 * Refuses body fields and query parameters on routes that take none: the pipe sees only what a handler declares, so they
 * would be ignored without a word. Public routes take anything: probes and Stripe may send what they like.
 */
@Injectable()
export class UndeclaredInputGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (request.actor === undefined) return true;
    const declared = declaredInputs(context);
    const errors = [
      ...(declared.has(RouteParamtypes.QUERY) ? [] : unknown(request.query, 'parameter')),
      ...(declared.has(RouteParamtypes.BODY) ? [] : unknown(request.body, 'field')),
    ];
    if (errors.length > 0) throw validationFailed(errors);
    return true;
  }
}

/** The kinds of input that the handler has a parameter for. */
function declaredInputs(context: ExecutionContext): Set<number> {
  const parameters: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), context.getHandler().name);
  return new Set(Object.keys(parameters ?? {}).map((name) => Number(name.split(':', 1)[0])));
}

function unknown(input: unknown, kind: 'parameter' | 'field'): FieldError[] {
  if (input === undefined || input === null) return [];
  if (typeof input !== 'object' || Array.isArray(input)) return [{ field: '', message: 'This address takes no body' }];
  return Object.keys(input).map((name) => ({ field: name, message: `${name} is not a known ${kind}` }));
}
