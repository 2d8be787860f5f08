import { Injectable } from '@nestjs/common';
import type Stripe from 'stripe';
import { DataSource } from 'typeorm';
import { type ParsedPayer, parsePayerName } from '../../auth/payer-name.js';
import { PlansService } from '../../catalogue/plans.service.js';
import { CustomerGateway } from '../../customers/customer.gateway.js';
import { Payers } from '../../customers/payers.js';
import { type StripeAnswer } from '../../stripe/stripe-client.js';
import { idOf } from '../../stripe/values.js';
import { planItemOf, referenceTo } from '../../subscriptions/plan-item.mapper.js';
import { isLive, toSubscriptionStatus } from '../../subscriptions/subscription-status.js';
import { AccountReader } from '../account-reader.js';
import { type ImportMap } from './import-map.js';
import { type ImportCandidate, type KnownHere, type LiveContract } from './import-plan.js';

/** How it is found out whose a customer is: what the map says comes before the metadata, and that before the e-mail. */
export interface ImportRules {
  map: ImportMap;
  /** Key of the customers' metadata that has the subject; null: none has. */
  metadataKey: string | null;
  /** Whether a customer is the user's whose issuer has verified the same e-mail. */
  byEmail: boolean;
}

/** What of the account is read, in this order. */
export const READING_STEPS = ['customers at Stripe', 'subscriptions at Stripe'] as const;

/** Called while the account is read, with how many were read. */
export type OnRead = (step: (typeof READING_STEPS)[number], read: number) => void;

/** What is kept of a customer while the account is read. */
export interface SeenCustomer {
  id: string;
  email: string;
  /** Seconds, Stripe's clock. */
  seenAt: number;
}

interface Account {
  candidates: ImportCandidate[];
  customers: ReadonlyMap<string, SeenCustomer>;
}

const USERS_AT_ONCE = 1_000;

/** Reads at Stripe and here what an import is planned from; it writes nothing. */
@Injectable()
export class ImportReader {
  constructor(
    private readonly dataSource: DataSource,
    private readonly account: AccountReader,
    private readonly gateway: CustomerGateway,
    private readonly plans: PlansService,
    private readonly payers: Payers,
  ) {}

  /** Every customer of the account, the oldest first, and those that the map names beside them. */
  async read(rules: ImportRules, onRead: OnRead): Promise<Account> {
    const customers = new Map<string, SeenCustomer>();
    const candidates: ImportCandidate[] = [];
    const note = ({ object, answeredAt }: StripeAnswer<Stripe.Customer>) => {
      customers.set(object.id, { id: object.id, email: object.email ?? '', seenAt: answeredAt });
      candidates.push(this.candidateOf(object, rules));
    };
    for await (const page of this.account.pages('customers')) {
      for (const answer of page as StripeAnswer<Stripe.Customer>[]) note(answer);
      onRead('customers at Stripe', customers.size);
    }
    for (const id of rules.map.keys()) {
      if (customers.has(id)) continue;
      const { object, ...answer } = await this.account.patiently(() => this.gateway.retrieve(id));
      if (object !== null) note({ object, ...answer });
      else candidates.push({ stripeCustomerId: id, live: [], settled: 'deleted', claim: mapped(id, rules) });
    }
    const live = await this.liveContracts(onRead);
    const whole = candidates.map((one) => ({ ...one, live: live.get(one.stripeCustomerId) ?? [] }));
    const claimed = rules.byEmail ? await this.claimByEmail(whole, customers) : whole;
    return { candidates: claimed.reverse(), customers };
  }

  async knownHere(): Promise<KnownHere> {
    const linked = await this.dataSource.query<{ id: string; payer: string }[]>(
      `SELECT customer.stripe_customer_id AS id, coalesce('user:' || person.external_id, 'org:' || company.external_id) AS payer
       FROM customers customer
       LEFT JOIN users person ON person.id = customer.user_id
       LEFT JOIN organizations company ON company.id = customer.organization_id
       WHERE customer.stripe_customer_id IS NOT NULL AND customer.deleted_at IS NULL`,
    );
    const closed = await this.dataSource.query<{ payer: string }[]>(
      `SELECT 'user:' || external_id AS payer FROM users WHERE closed_at IS NOT NULL
       UNION ALL SELECT 'org:' || external_id FROM organizations WHERE closed_at IS NOT NULL`,
    );
    return {
      payerOf: new Map(linked.map(({ id, payer }) => [id, payer])),
      closed: new Set(closed.map(({ payer }) => payer)),
    };
  }

  private candidateOf({ id, metadata }: Stripe.Customer, rules: ImportRules): ImportCandidate {
    const named = this.payers.nameIn(metadata);
    const candidate = { stripeCustomerId: id, live: [] };
    const inMap = mapped(id, rules);
    if (named === 'other_instance') return { ...candidate, settled: 'other_installation', claim: inMap };
    if (named !== null) return { ...candidate, claim: { payer: named, rule: 'billing_payer' } };
    const value = rules.metadataKey === null ? undefined : metadata[rules.metadataKey];
    if (inMap !== null || value === undefined || value === '') return { ...candidate, claim: inMap };
    const payer = parsePayerName(`user:${value}`);
    if (payer === null) return { ...candidate, settled: 'invalid_payer', claim: null };
    return { ...candidate, claim: { payer, rule: 'metadata_key' } };
  }

  /** The live subscriptions of the account, by customer. */
  private async liveContracts(onRead: OnRead): Promise<Map<string, LiveContract[]>> {
    const contracts = new Map<string, LiveContract[]>();
    let read = 0;
    for await (const page of this.account.pages('subscriptions')) {
      for (const { object } of page as StripeAnswer<Stripe.Subscription>[]) {
        if (!isLive(toSubscriptionStatus(object.status))) continue;
        const customer = idOf(object.customer);
        contracts.set(customer, [...(contracts.get(customer) ?? []), await this.contractOf(object)]);
      }
      read += page.length;
      onRead('subscriptions at Stripe', read);
    }
    return contracts;
  }

  private async contractOf({ items, status, pause_collection: pause }: Stripe.Subscription): Promise<LiveContract> {
    const { data } = items;
    await this.account.patiently(() => this.plans.know(data.map(({ price }) => referenceTo(price))));
    const item = planItemOf(data, this.plans.findPlan);
    const plan = item === undefined ? null : this.plans.findPlan(referenceTo(item.price));
    const isPaused = status === 'paused' || pause !== null;
    return { group: plan?.group ?? null, price: item?.price.id ?? null, isPaused };
  }

  private async claimByEmail(
    candidates: readonly ImportCandidate[],
    customers: ReadonlyMap<string, SeenCustomer>,
  ): Promise<ImportCandidate[]> {
    const emailOf = ({ stripeCustomerId }: ImportCandidate) =>
      customers.get(stripeCustomerId)?.email.toLowerCase() ?? '';
    const isOpen = ({ claim, settled }: ImportCandidate) => claim === null && settled === undefined;
    const users = await this.usersOf(
      [...new Set(candidates.filter(isOpen).map(emailOf))].filter((email) => email !== ''),
    );
    return candidates.map((candidate) => {
      const found = isOpen(candidate) ? users.get(emailOf(candidate)) : undefined;
      if (found === undefined) return candidate;
      const [payer] = found.length === 1 ? found : [];
      if (payer === undefined) return { ...candidate, settled: 'ambiguous' as const };
      return { ...candidate, claim: { payer, rule: 'email_verified' as const } };
    });
  }

  /** The users whose issuer has verified one of these e-mails, which are in small letters. */
  private async usersOf(emails: readonly string[]): Promise<Map<string, ParsedPayer[]>> {
    const users = new Map<string, ParsedPayer[]>();
    for (let from = 0; from < emails.length; from += USERS_AT_ONCE) {
      const found = await this.dataSource.query<{ email: string; externalId: string }[]>(
        `SELECT lower(email) AS email, external_id AS "externalId" FROM users
         WHERE email_verified AND closed_at IS NULL AND lower(email) = ANY($1) ORDER BY id`,
        [emails.slice(from, from + USERS_AT_ONCE)],
      );
      for (const { email, externalId } of found)
        users.set(email, [...(users.get(email) ?? []), { kind: 'user', externalId }]);
    }
    return users;
  }
}

function mapped(id: string, { map }: ImportRules): ImportCandidate['claim'] {
  const payer = map.get(id);
  return payer === undefined ? null : { payer, rule: 'map' };
}
