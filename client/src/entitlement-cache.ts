import { type BillingClient } from './billing-client.js';
import { BillingError } from './billing-error.js';
import { type OutgoingEvent } from './events.js';
import type * as Model from './models.js';
import { type VerifiedSnapshot, verifySnapshot } from './snapshots.js';

/** Whose entitlements: a person, by the `sub` of its tokens, or an organization. */
export type PayerName = { user: string } | { organization: string };

/** Keeps snapshots where a restart leaves them. What it returns is verified; when it fails, it is done without. */
export interface SnapshotStore {
  /** @param payer `user:<sub>` or `org:<id>` */
  read(payer: string): string | undefined | Promise<string | undefined>;
  write(payer: string, snapshot: string): void | Promise<void>;
}

export interface EntitlementCacheOptions {
  /** A client that acts for the payer; one that is signed in as it, or one with a service key and `onBehalfOf`. */
  clientFor: (payer: PayerName) => BillingClient;
  /** Seconds in which an answer is given as it is; default 60. An older one is given, too, and fetched anew meanwhile. */
  freshSeconds?: number;
  /** Seconds after which an answer is fetched before it is given; default 600. */
  staleSeconds?: number;
  /** Milliseconds that a caller waits for the service when there is a snapshot to answer from; default 2,000. */
  patience?: number;
  /** Payers that are kept; the one that was asked for longest ago goes first. Default 10,000. */
  maxPayers?: number;
  /** What is answered while the service cannot be reached and no snapshot holds any more; default `refuse`. */
  otherwise?: 'refuse' | 'allow';
  /** Verifies snapshots, for a start while the service is away; default: what GET /config says, once it could be asked. */
  publicKey?: string;
  /** Default: snapshots are kept in memory alone. */
  store?: SnapshotStore;
  /** The present moment; default: that of this machine. */
  now?: () => Date;
}

/** What is known of a payer. */
interface Entry {
  payer: PayerName;
  answers: ReadonlyMap<string, Model.Entitlement>;
  /** Milliseconds since 1970; null: there are no answers, or they were dropped. */
  fetchedAt: number | null;
  /** Until when the service is not asked again, since it could not be reached; milliseconds since 1970. */
  awayUntil: number;
  snapshot: VerifiedSnapshot | undefined;
  /** Counts what was dropped: an answer that was on its way then is no longer fresh. */
  drops: number;
  running: Promise<boolean> | null;
}

const FRESH_SECONDS = 60;
const STALE_SECONDS = 600;
const PATIENCE_MS = 2_000;
const MAX_PAYERS = 10_000;
/** Seconds before a service that could not be reached is asked again. */
const AWAY_SECONDS = 5;

/**
 * Answers "may they?" from memory, and while the service cannot be reached from what it has signed. Answers are fetched
 * anew in the background; hand it each verified event, so that a change is seen at once.
 */
export class EntitlementCache {
  /** In the order in which they were last asked for. */
  private readonly entries = new Map<string, Entry>();
  private publicKey: string | undefined;
  private readonly now: () => number;

  constructor(private readonly options: EntitlementCacheOptions) {
    this.publicKey = options.publicKey;
    this.now = () => (options.now?.() ?? new Date()).getTime();
  }

  /**
   * Whether a payer may use a feature. `source` is `snapshot` where the service could not be reached.
   * @throws BillingError when the service refuses the question: a wrong token, a feature that the catalogue does not have
   */
  async get(feature: string, payer: PayerName): Promise<Model.Entitlement> {
    const entry = await this.entryOf(payer);
    const { freshSeconds = FRESH_SECONDS } = this.options;
    if (this.ageOf(entry) < freshSeconds * 1000) return this.answer(entry, feature, false);
    const refreshing = this.refresh(entry);
    const signed = this.signed(entry, feature);
    const waits = this.isOld(entry) && (signed === undefined || entry.awayUntil === 0);
    const came = waits ? await this.waitFor(refreshing, signed !== undefined) : false;
    refreshing.catch(() => undefined);
    return this.answer(entry, feature, came);
  }

  /** Drops what an event has made old; its signature was verified (`verifyEvent`). Events of other types change nothing. */
  take(event: Pick<OutgoingEvent, 'type' | 'payer'>): void {
    if (event.type === 'catalogue.changed') for (const entry of this.entries.values()) drop(entry);
    if (event.type !== 'entitlements.changed' && event.type !== 'usage.limit_reached') return;
    const entry = this.entries.get(event.payer ?? '');
    if (entry === undefined) return;
    drop(entry);
    this.refresh(entry).catch(() => undefined);
  }

  private async entryOf(payer: PayerName): Promise<Entry> {
    const name = nameOf(payer);
    const known = this.entries.get(name);
    const entry = known ?? emptyEntry(payer);
    this.entries.delete(name);
    this.entries.set(name, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > (this.options.maxPayers ?? MAX_PAYERS) && oldest !== undefined) this.entries.delete(oldest);
    const stored = known === undefined ? await this.stored(name) : undefined;
    if (stored !== undefined) entry.snapshot ??= await this.verified(entry, stored, false);
    return entry;
  }

  private async stored(name: string): Promise<string | undefined> {
    try {
      return await this.options.store?.read(name);
    } catch {
      return undefined;
    }
  }

  /** One request at a time for a payer, and none while the service is known to be away. @returns whether answers came */
  private refresh(entry: Entry): Promise<boolean> {
    if (entry.running === null && this.now() < entry.awayUntil) return Promise.resolve(false);
    entry.running ??= this.fetch(entry).finally(() => (entry.running = null));
    return entry.running;
  }

  /** @throws BillingError where the service refuses; that it cannot be reached is noted */
  private async fetch(entry: Entry): Promise<boolean> {
    const { drops } = entry;
    try {
      const { entitlements, snapshot } = await this.options.clientFor(entry.payer).getEntitlementSnapshot();
      entry.answers = new Map(entitlements.map((answer) => [answer.feature, answer]));
      entry.fetchedAt = drops === entry.drops ? this.now() : null;
      entry.awayUntil = 0;
      if (snapshot !== undefined) await this.keep(entry, snapshot);
      return true;
    } catch (error) {
      if (!isAway(error)) {
        entry.fetchedAt = null;
        throw error;
      }
      entry.awayUntil = this.now() + AWAY_SECONDS * 1000;
      return false;
    }
  }

  private async keep(entry: Entry, snapshot: string): Promise<void> {
    const verified = await this.verified(entry, snapshot, true);
    if (verified === undefined) return;
    entry.snapshot = verified;
    try {
      await this.options.store?.write(verified.payer, snapshot);
    } catch {
      // It is in memory all the same.
    }
  }

  /** @param asks whether the service is asked for its key: it can be reached, and may have another one than before */
  private async verified(entry: Entry, snapshot: string, asks: boolean): Promise<VerifiedSnapshot | undefined> {
    const name = nameOf(entry.payer);
    const known = this.publicKey === undefined ? undefined : await verifySnapshot(snapshot, name, this.publicKey);
    if (known !== undefined || !asks || this.options.publicKey !== undefined) return known;
    const { entitlementsPublicKey: key } = await this.options.clientFor(entry.payer).getConfig();
    this.publicKey = key;
    return key === undefined ? undefined : verifySnapshot(snapshot, name, key);
  }

  /** Waits for the service; no longer than the patience where there is another answer. @returns whether answers came */
  private async waitFor(refreshing: Promise<boolean>, hasSnapshot: boolean): Promise<boolean> {
    if (!hasSnapshot) return refreshing;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const patience = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), this.options.patience ?? PATIENCE_MS);
    });
    return Promise.race([refreshing, patience]).finally(() => clearTimeout(timer));
  }

  private answer(entry: Entry, feature: string, came: boolean): Model.Entitlement {
    const { awayUntil, answers, snapshot } = entry;
    const known = came || !this.isOld(entry);
    const answer = known ? answers.get(feature) : undefined;
    if (known && awayUntil === 0) {
      if (answer !== undefined) return answer;
      throw new BillingError('Feature not found', { code: 'not_found', status: 404 });
    }
    const signed = this.signed(entry, feature);
    if (signed !== undefined) return signed;
    // Without a snapshot what was fetched a moment ago is still better than nothing.
    if (snapshot === undefined && answer !== undefined && this.now() < endOf(answer, Infinity)) return answer;
    return { feature, allowed: this.options.otherwise === 'allow', reason: 'none', used: 0, source: 'snapshot' };
  }

  /** What the snapshot says, while it holds. */
  private signed({ snapshot }: Entry, feature: string): Model.Entitlement | undefined {
    const answer = snapshot?.entitlements.get(feature);
    if (snapshot === undefined || answer === undefined) return undefined;
    return this.now() < endOf(answer, snapshot.until.getTime()) ? { ...answer, source: 'snapshot' } : undefined;
  }

  /** Milliseconds since the answers came; infinite when there are none. */
  private ageOf({ fetchedAt }: Entry): number {
    return fetchedAt === null ? Infinity : this.now() - fetchedAt;
  }

  private isOld(entry: Entry): boolean {
    return this.ageOf(entry) >= 1000 * (this.options.staleSeconds ?? STALE_SECONDS);
  }
}

function emptyEntry(payer: PayerName): Entry {
  return { payer, answers: new Map(), fetchedAt: null, awayUntil: 0, snapshot: undefined, drops: 0, running: null };
}

function drop(entry: Entry): void {
  entry.fetchedAt = null;
  entry.awayUntil = 0;
  entry.drops += 1;
}

/** How events, snapshots and the store name a payer. */
function nameOf(payer: PayerName): string {
  return 'user' in payer ? `user:${payer.user}` : `org:${payer.organization}`;
}

/**
 * Until when an answer holds: milliseconds since 1970. What is used up is so until it counts anew.
 * @param otherwise the end of what has no end of its own
 */
function endOf({ until, reason, resetsAt }: Model.Entitlement, otherwise: number): number {
  const end = until === undefined ? otherwise : Date.parse(until);
  return reason === 'limit_reached' && resetsAt !== undefined ? Math.min(end, Date.parse(resetsAt)) : end;
}

/** True where the service gave no answer of its own; another one is to be believed. */
function isAway(error: unknown): boolean {
  return error instanceof BillingError && (error.status === 0 || error.status === 429 || error.status >= 500);
}
