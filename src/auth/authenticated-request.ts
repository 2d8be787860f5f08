import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { type Request } from 'express';
import { type Actor, type Payer } from './payer.js';

/** What the guards put on a request. */
export interface AuthenticatedRequest extends Request {
  /** Who calls; only public routes have nobody. */
  actor?: Actor;
  /** Whom the request acts for. Routes of administrators act for nobody, and a service key may act for everybody. */
  payer?: Payer;
  /** The row that the ownership guard loaded. */
  owned?: object;
}

/** Parameter decorator: whom the request acts for. Only on routes that need a token and no role. */
export const CurrentPayer = createParamDecorator((_data: unknown, context: ExecutionContext): Payer => {
  const { payer } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (payer === undefined) throw new Error('CurrentPayer on a route that acts for nobody');
  return payer;
});

/** Parameter decorator: whom the request acts for; null for everybody. Only with @EveryPayerToo. */
export const PayerOrEverybody = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Payer | null =>
    context.switchToHttp().getRequest<AuthenticatedRequest>().payer ?? null,
);

/** Parameter decorator: the row of `:id` that the ownership guard found to be the payer's. Only with @Owned. */
export const OwnedRow = createParamDecorator((_data: unknown, context: ExecutionContext): object => {
  const { owned } = context.switchToHttp().getRequest<AuthenticatedRequest>();
  if (owned === undefined) throw new Error('OwnedRow on a route without @Owned');
  return owned;
});
