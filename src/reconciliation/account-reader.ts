import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { DataSource, IsNull, MoreThan, Not } from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { classifyStripeError } from '../stripe/stripe-error.js';
import { AccountGateway, type AccountPage, type ListedKind } from './account.gateway.js';
import { type Mirror } from './mirrors.js';

const FIRST_WAIT_SECONDS = 1;
const LONGEST_WAIT_SECONDS = 60;
/** Waits one after the other; together some five minutes. */
const MAX_WAITS = 10;

/** Some objects of a walk, and where the next ones begin. */
export interface CursorPage {
  answers: StripeAnswer<{ id: string }>[];
  cursor: string | null;
}

/** Walks through everything that Stripe lists, with patience where Stripe is away or limits the calls. */
@Injectable()
export class AccountReader {
  private readonly logger = new Logger(AccountReader.name);
  private readonly stopping = new AbortController();

  constructor(
    private readonly gateway: AccountGateway,
    private readonly dataSource: DataSource,
  ) {}

  /** Has whatever waits or walks end at its next step, with an error. */
  stop(): void {
    this.stopping.abort(new Error('The program ends'));
  }

  /** @throws Error when the program ends meanwhile */
  async pause(seconds: number): Promise<void> {
    await delay(seconds * 1000, undefined, { signal: this.stopping.signal });
  }

  /** Every object of a kind, page by page. */
  async *pages(kind: Mirror['kind']): AsyncGenerator<StripeAnswer<{ id: string }>[]> {
    for await (const { answers } of this.pagesFrom(kind, null)) yield answers;
  }

  /**
   * The pages of a kind from a place on where an earlier walk stood.
   * @param cursor as a page had it; null begins
   */
  async *pagesFrom(kind: Mirror['kind'], cursor: string | null): AsyncGenerator<CursorPage> {
    if (kind === 'payment_methods') yield* this.paymentMethodPages(Number(cursor ?? 0));
    else
      for (let after = cursor; ;) {
        const page: AccountPage = await this.page(kind, after);
        yield { answers: page.answers, cursor: page.next };
        if (page.next === null) return;
        after = page.next;
      }
  }

  /** The payment methods of a Stripe customer, page by page; none when Stripe does not know it. */
  async *paymentMethodsOf(stripeCustomerId: string): AsyncGenerator<StripeAnswer<{ id: string }>[]> {
    for (let after: string | null = null; ;) {
      const page: AccountPage = await this.paymentMethodPage(stripeCustomerId, after);
      yield page.answers;
      if (page.next === null) return;
      after = page.next;
    }
  }

  /** Customer by customer; the cursor is our id of the last one that is complete. */
  private async *paymentMethodPages(after: number): AsyncGenerator<CursorPage> {
    for (let complete = after; ;) {
      const customer = await this.nextCustomer(complete);
      if (customer === null) return;
      for await (const answers of this.paymentMethodsOf(customer.stripeCustomerId))
        yield { answers, cursor: String(complete) };
      complete = customer.id;
    }
  }

  /** One page of a list of the account. */
  page(kind: ListedKind, after: string | null): Promise<AccountPage> {
    return this.patiently(() => this.gateway.page(kind, after));
  }

  private async paymentMethodPage(stripeCustomerId: string, after: string | null): Promise<AccountPage> {
    try {
      return await this.patiently(() => this.gateway.paymentMethodsOf(stripeCustomerId, after));
    } catch (error) {
      if (classifyStripeError(error)?.kind === 'missing') return { answers: [], next: null };
      throw error;
    }
  }

  /** The customer after the given one (our id) that has a Stripe customer. */
  private async nextCustomer(after: number): Promise<{ id: number; stripeCustomerId: string } | null> {
    const row = await this.dataSource.getRepository(Customer).findOne({
      where: { id: MoreThan(after), stripeCustomerId: Not(IsNull()), deletedAt: IsNull() },
      order: { id: 'ASC' },
    });
    return row === null || row.stripeCustomerId === null
      ? null
      : { id: row.id, stripeCustomerId: row.stripeCustomerId };
  }

  /**
   * Repeats what reads Stripe until Stripe answers.
   * @throws the last error when Stripe stays away for minutes, and every other error at once; Error when the program ends
   */
  async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (let waits = 0; ; waits++) {
      this.stopping.signal.throwIfAborted();
      try {
        return await work();
      } catch (error) {
        const kind = classifyStripeError(error)?.kind;
        const mayPass = kind === 'rate_limited' || kind === 'unavailable' || kind === 'failed';
        if (!mayPass || waits >= MAX_WAITS) throw error;
        const seconds = Math.min(LONGEST_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2 ** waits) * (0.75 + Math.random() / 2);
        this.logger.warn(`Stripe: ${kind}; going on in ${Math.ceil(seconds)} s`);
        await this.pause(seconds);
      }
    }
  }
}
