import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { type StripeAnswer } from '../stripe/stripe-client.js';
import { idOf } from '../stripe/values.js';
import { WriteListeners } from '../sync/write-listeners.js';
import { AccountReader } from './account-reader.js';
import { type Mirror, MIRRORS, type RepairableProjection } from './mirrors.js';
import { refusalOf } from './refusal.js';
import { RepairProgress } from './repair-progress.js';

export interface BackfillOptions {
  /** Begins anew although an earlier run was interrupted. Default false. */
  restart?: boolean;
  /** Called after each page: the table and how many objects of its list were taken in so far, also by earlier runs. */
  onProgress?: (table: string, handled: number) => void;
}

/** What a run took in, with what an interrupted run before it did. */
export interface BackfillReport {
  /** Objects of Stripe's that were seen, by table. */
  handled: Record<string, number>;
  /** Objects that are linked to no user. */
  ignored: number;
  /** Objects that could not be written, and why, without their content. */
  failed: { table: string; stripe_id: string; error: string }[];
}

/** What of a table did not go in. */
interface LeftOut {
  ignored: number;
  failed: { stripe_id: string; error: string }[];
}

const PREFIX = 'backfill.';
/** Objects of a page that are taken in at the same time. */
const CONCURRENCY = 4;
const ANYWHERE = { strict: false };

/**
 * Takes in everything that a Stripe account holds, through the projections. An interrupted run resumes where it stopped;
 * a complete one may be repeated. Safe beside live traffic: what came by webhook meanwhile is newer and stays.
 */
@Injectable()
export class BackfillService {
  /** Stripe customers of nobody here, seen by this run: what belongs to them is left out without asking Stripe for them again. */
  private readonly strangers = new Set<string>();

  constructor(
    private readonly modules: ModuleRef,
    private readonly account: AccountReader,
    private readonly progress: RepairProgress,
    private readonly listeners: WriteListeners,
  ) {}

  async run(options: BackfillOptions = {}): Promise<BackfillReport> {
    if (options.restart === true) await this.forget();
    const report: BackfillReport = { handled: {}, ignored: 0, failed: [] };
    this.strangers.clear();
    for (const mirror of MIRRORS) await this.takeIn(mirror, options, report);
    await this.forget();
    return report;
  }

  /** Has the next run begin anew. */
  async forget(): Promise<void> {
    await this.progress.forget(PREFIX);
  }

  private async takeIn(mirror: Mirror, options: BackfillOptions, report: BackfillReport): Promise<void> {
    const name = `${PREFIX}${mirror.table}`;
    const before = await this.progress.find(name);
    const leftOut: LeftOut = { ignored: 0, failed: [], ...before?.result };
    let handled = before?.handled ?? 0;
    const count = (more: number) => {
      handled += more;
      report.handled[mirror.table] = handled;
      options.onProgress?.(mirror.table, handled);
    };
    count(0);
    if (before?.done !== true) {
      for await (const { answers, cursor } of this.account.pagesFrom(mirror.kind, before?.cursor ?? null)) {
        await this.takeInPage(mirror, answers, leftOut);
        await this.progress.save(name, { cursor, handled: handled + answers.length, result: leftOut });
        count(answers.length);
      }
      await this.progress.save(name, { cursor: null, handled, done: true, result: leftOut });
    }
    report.ignored += leftOut.ignored;
    report.failed.push(...leftOut.failed.map((failure) => ({ table: mirror.table, ...failure })));
  }

  private async takeInPage(
    mirror: Mirror,
    answers: readonly StripeAnswer<{ id: string }>[],
    leftOut: LeftOut,
  ): Promise<void> {
    const projection = this.modules.get(mirror.projection, ANYWHERE);
    const rest = [...answers];
    const worker = async () => {
      for (let answer = rest.shift(); answer !== undefined; answer = rest.shift())
        await this.takeInObject(projection, answer, leftOut);
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  }

  private async takeInObject(
    projection: RepairableProjection,
    answer: StripeAnswer<{ id: string }>,
    leftOut: LeftOut,
  ): Promise<void> {
    try {
      if (this.strangers.has(customerOf(answer.object) ?? '')) {
        leftOut.ignored += 1;
        return;
      }
      const takeIn = () => this.listeners.takingIn(() => projection.applyListed(answer));
      const outcome = await this.account.patiently(takeIn);
      if (outcome.state !== 'ignored') return;
      leftOut.ignored += 1;
      if (outcome.reason !== 'gone' && typeof outcome.stripeCustomerId === 'string')
        this.strangers.add(outcome.stripeCustomerId);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal === null) throw error;
      leftOut.failed.push({ stripe_id: answer.object.id, error: refusal });
    }
  }
}

function customerOf(object: { id: string; customer?: string | { id: string } | null }): string | null {
  return idOf(object.customer);
}
