import { QueryFailedError } from 'typeorm';
import Stripe from 'stripe';
import { sqlState, violatedConstraint } from '../database/transactions.js';

const MAX_LENGTH = 8_000;

/**
 * An error as it is kept with the event: what went wrong and where, for an operator to read. It holds nothing of the
 * event's content: values that PostgreSQL or Stripe repeat in their texts are left out.
 */
export function errorText(error: unknown): string {
  if (!(error instanceof Error)) return `Thrown: ${typeof error}`;
  const frames = (error.stack ?? '').split('\n').filter((line) => /^\s+at /.test(line));
  const cause = error.cause === undefined ? [] : [`Caused by: ${summary(error.cause)}`];
  return [summary(error), ...frames, ...cause].join('\n').slice(0, MAX_LENGTH);
}

function summary(error: unknown): string {
  if (error instanceof QueryFailedError) {
    const constraint = violatedConstraint(error);
    return `${error.name} ${sqlState(error) ?? ''}${constraint === undefined ? '' : ` (${constraint})`}`;
  }
  if (error instanceof Stripe.errors.StripeError) {
    const facts = [error.type, error.statusCode, error.code, error.param, error.requestId];
    return facts.filter((fact) => fact !== undefined && fact !== '').join(' ');
  }
  if (error instanceof SyntaxError) return error.name;
  return error instanceof Error ? `${error.name}: ${withoutAddresses(error.message)}` : typeof error;
}

function withoutAddresses(message: string): string {
  return message.replaceAll(/[^\s"'<>()]+@[^\s"'<>()]+/g, '[e-mail]');
}
