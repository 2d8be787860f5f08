import {
  type CallHandler,
  type ExecutionContext,
  HttpException,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import { type Response } from 'express';
import { catchError, mergeMap, type Observable, of } from 'rxjs';
import { DataSource } from 'typeorm';
import { type AuthenticatedRequest } from '../auth/authenticated-request.js';
import { type PayerKey } from '../auth/payer.js';
import { BillingError, type ErrorCode } from '../common/billing-error.js';
import { currentRequestContext } from '../common/request-context.js';
import { StripeOperation } from '../operations/stripe-operation.entity.js';
import { toBillingError } from '../stripe/stripe-error.js';
import { type IdempotencyKey } from './idempotency-key.entity.js';
import { IdempotencyKeys, type Lease } from './idempotency-keys.js';
import { hasSecret, parseIdempotencyKey, requestHash, withoutSecrets } from './idempotency-request.js';
import { REPLAY_SOURCE, type ReplaySource } from './replay.js';

const METHODS = new Set(['POST', 'PATCH']);
const CARD_DECLINED = 402;
const CONFLICT = 409;
const NOT_GIVEN_BACK = 'An Idempotency-Key could not be given back before its lease ends';

/** A declined card as it is kept. */
interface KeptRefusal {
  code: ErrorCode;
  detail: string;
  decline_code?: string;
}

/** A key that this request holds, and the operation that an earlier try of it began. */
interface HeldKey {
  lease: Lease;
  operationKey: string | null;
}

/** One route of one request. */
interface Call {
  /** Null on the routes of administrators. */
  payer: PayerKey | null;
  response: Response;
  source: ReplaySource | null;
}

/**
 * Makes a POST or PATCH with an `Idempotency-Key` happen once: a repetition gets the response of the first try, marked by
 * `Idempotent-Replayed: true`. Runs after the guards, so that only the caller's own keys are ever looked at.
 */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly logger = new Logger(IdempotencyInterceptor.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly moduleRef: ModuleRef,
    private readonly dataSource: DataSource,
    private readonly keys: IdempotencyKeys,
  ) {}

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const http = context.switchToHttp();
    const request = http.getRequest<AuthenticatedRequest>();
    const header = request.headers['idempotency-key'];
    const { payer = null, actor } = request;
    if (header === undefined || actor === undefined || !METHODS.has(request.method)) return next.handle();
    const key = parseIdempotencyKey(header);
    const call = { payer, response: http.getResponse<Response>(), source: this.sourceOf(context) };
    const hash = requestHash(request.method, request.originalUrl, request.body);
    const claim = await this.keys.claim(payer ?? actor, key, hash);
    if ('answered' in claim) return of(await this.repeat(call, claim.answered));
    const result = await this.resultOf(call, claim.lease, claim.operationKey);
    return result === undefined ? this.run(call, claim, next) : of(result);
  }

  private sourceOf(context: ExecutionContext): ReplaySource | null {
    const type = this.reflector.get<Parameters<ModuleRef['get']>[0] | undefined>(REPLAY_SOURCE, context.getHandler());
    return type === undefined ? null : this.moduleRef.get<unknown, ReplaySource>(type, { strict: false });
  }

  /** The kept response, with client secrets fetched anew. */
  private async repeat({ payer, response, source }: Call, row: IdempotencyKey): Promise<unknown> {
    response.setHeader('Idempotent-Replayed', 'true');
    if (row.responseStatus === CARD_DECLINED) throw refusalOf(row.responseBody as KeptRefusal);
    response.status(row.responseStatus ?? response.statusCode);
    if (source === null || payer === null || !hasSecret(row.responseBody)) return row.responseBody;
    const fresh = await source.replay({
      payer,
      answer: row.responseBody,
      operation: await this.findOperation(row.operationKey),
    });
    return fresh ?? row.responseBody;
  }

  /** The result of an earlier try that gave no response; undefined when the request has to run. */
  private async resultOf(call: Call, lease: Lease, operationKey: string | null): Promise<unknown> {
    const { payer, response, source } = call;
    const operation = source === null ? null : await this.findOperation(operationKey);
    if (source === null || payer === null || operation === null || operation.state !== 'done') return undefined;
    try {
      const result = await source.replay({ payer, answer: undefined, operation });
      if (result === undefined) return undefined;
      await this.keep(lease, response.statusCode, result);
      response.setHeader('Idempotent-Replayed', 'true');
      return result;
    } catch (error) {
      await this.keys.release(lease);
      throw error;
    }
  }

  private run(call: Call, { lease, operationKey }: HeldKey, next: CallHandler): Observable<unknown> {
    const { response } = call;
    const context = currentRequestContext();
    if (context !== undefined)
      context.onOperation = (operationKey, manager) => this.keys.rememberOperation(manager, lease, operationKey);
    return next.handle().pipe(
      catchError((error: unknown) => this.endWithError(call, { lease, operationKey }, error)),
      mergeMap(async (body: unknown) => {
        await this.keep(lease, response.statusCode, body);
        return body;
      }),
    );
  }

  /** A lost key only makes the repetition look at the operation, so a failure here must not cost the caller the response. */
  private async keep(lease: Lease, status: number, body: unknown): Promise<void> {
    try {
      await this.keys.keep(lease, status, withoutSecrets(body));
    } catch (error) {
      this.logger.error('The answer to an Idempotency-Key could not be kept', error);
    }
  }

  private async endWithError(call: Call, { lease, operationKey }: HeldKey, thrown: unknown): Promise<unknown> {
    const error = toBillingError(thrown);
    const status = statusOf(error);
    if (error instanceof BillingError && status === CARD_DECLINED) await this.keep(lease, status, keptRefusal(error));
    else if (status === CONFLICT && operationKey !== null)
      return this.endOvertaken(call, { lease, operationKey }, thrown);
    else await this.giveBack(lease, status).catch((reason: unknown) => this.logger.error(NOT_GIVEN_BACK, reason));
    throw thrown;
  }

  /**
   * The recovery may have finished the operation of the first try while the repetition ran and met its result: that result
   * is the repetition's own. As long as the operation is open the key must not forget it.
   */
  private async endOvertaken(call: Call, { lease, operationKey }: HeldKey, thrown: unknown): Promise<unknown> {
    const result = await this.resultOf(call, lease, operationKey);
    if (result !== undefined) return result;
    const open = (await this.findOperation(operationKey))?.state === 'open';
    await (open ? this.keys.release(lease) : this.keys.free(lease)).catch((reason: unknown) =>
      this.logger.error(NOT_GIVEN_BACK, reason),
    );
    throw thrown;
  }

  /** After a refusal the key is free; after a failure of Stripe or ours it waits for its operation. */
  private giveBack(lease: Lease, status: number): Promise<void> {
    return status >= 500 ? this.keys.release(lease) : this.keys.free(lease);
  }

  private findOperation(key: string | null): Promise<StripeOperation | null> {
    return key === null ? Promise.resolve(null) : this.dataSource.getRepository(StripeOperation).findOneBy({ key });
  }
}

function statusOf(error: unknown): number {
  if (error instanceof BillingError) return error.status;
  return error instanceof HttpException ? error.getStatus() : 500;
}

function keptRefusal({ code, detail, extras }: BillingError): KeptRefusal {
  return { code, detail, ...(extras.decline_code === undefined ? {} : { decline_code: extras.decline_code }) };
}

function refusalOf({ code, detail, decline_code }: KeptRefusal): BillingError {
  return new BillingError(code, detail, decline_code === undefined ? {} : { decline_code });
}
