import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { catchError, mergeMap, type Observable } from 'rxjs';
import { type AuthenticatedRequest } from '../auth/authenticated-request.js';
import { BillingError, type ErrorCode } from '../common/billing-error.js';
import { toBillingError } from '../stripe/stripe-error.js';
import { FailureLimit, type Try } from './failure-limit.js';

/** What is tried out on us: whether a stolen card works, and which codes there are. */
const FAILURES: ReadonlySet<ErrorCode> = new Set(['card_declined', 'invalid_coupon']);

/** Refuses a payer who has failed too often. Runs within the idempotency: a repeated response is no new try. */
@Injectable()
class FailureLimitInterceptor implements NestInterceptor {
  private readonly logger = new Logger(FailureLimitInterceptor.name);

  constructor(private readonly limit: FailureLimit) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const { payer } = context.switchToHttp().getRequest<AuthenticatedRequest>();
    if (payer === undefined) throw new Error('LimitFailures on a route that acts for nobody');
    const counted = await this.limit.begin(payer);
    return next.handle().pipe(
      catchError(async (error: unknown): Promise<never> => {
        if (!isFailure(error)) await this.forget(counted);
        throw error;
      }),
      mergeMap(async (body: unknown) => {
        await this.forget(counted);
        return body;
      }),
    );
  }

  /** What was done must be answered, whether or not this works: a try too many is forgotten with its hour. */
  private async forget(counted: Try): Promise<void> {
    await this.limit.forget(counted).catch((error: unknown) => {
      this.logger.warn(`A try could not be taken back: ${String(error)}`);
    });
  }
}

/** Marks a route on which cards or coupon codes can be tried out: 429 for a payer who has failed too often. */
export const LimitFailures = (): MethodDecorator => UseInterceptors(FailureLimitInterceptor);

function isFailure(thrown: unknown): boolean {
  const error = toBillingError(thrown);
  return error instanceof BillingError && FAILURES.has(error.code);
}
