import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { type TokenClaims } from './token-claims.js';

/**
 * Who calls: our id of the user, and what the request's own token says. Never the rest of the row, which another token of
 * the same subject may have written meanwhile.
 */
export interface RequestUser extends TokenClaims {
  id: number;
}

/** What the guards put on a request. */
export interface AuthenticatedRequest extends Request {
  user?: RequestUser;
  /** The row that the ownership guard loaded. */
  owned?: object;
}

/** Parameter decorator: the user of the token. Only on routes that need one. */
export const CurrentUser = createParamDecorator((_data: unknown, context: ExecutionContext): RequestUser => {
  const { user } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (user === undefined) throw new Error('CurrentUser on a public route');
  return user;
});

/** Parameter decorator: the row of `:id` that the ownership guard found to be the caller's. Only with @Owned. */
export const OwnedRow = createParamDecorator((_data: unknown, context: ExecutionContext): object => {
  const { owned } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (owned === undefined) throw new Error('OwnedRow on a route without @Owned');
  return owned;
});
