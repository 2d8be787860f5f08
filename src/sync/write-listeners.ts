import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';
import { type EntityManager } from 'typeorm';

/** The tables whose writes are told. */
export type ToldKind = 'customer' | 'subscription' | 'invoice' | 'payment';

/** A row as this API shows it. */
export type Facts = Readonly<Record<string, unknown>>;

/** A row whose write is told. */
export interface Told {
  kind: ToldKind;
  /** Our id of the row. */
  id: number;
  stripeId: string | null;
  /** Our id of the customer that it belongs to. */
  customerId: number;
  facts: Facts;
}

/** What a projection wrote. `before`: the row as it was; null where Stripe's object had none. */
export interface Written extends Told {
  before: Facts | null;
}

/** Runs in the transaction of the writes. */
export type WriteListener = (manager: EntityManager, written: readonly Written[]) => Promise<void>;

/** Those who want to know what the projections write. They stand above the folders of the projections, or beside them. */
@Injectable()
export class WriteListeners {
  private readonly listeners: WriteListener[] = [];
  private readonly takesIn = new AsyncLocalStorage<true>();

  register(listener: WriteListener): void {
    this.listeners.push(listener);
  }

  /**
   * Runs what takes an account in: a row that it makes tells of something that happened long ago, so nobody hears of it.
   * What it changes in rows that are there is told.
   */
  takingIn<T>(work: () => Promise<T>): Promise<T> {
    return this.takesIn.run(true, work);
  }

  async tell(manager: EntityManager, written: readonly Written[]): Promise<void> {
    const told = this.takesIn.getStore() === true ? written.filter(({ before }) => before !== null) : written;
    if (told.length === 0) return;
    for (const listener of this.listeners) await listener(manager, told);
  }
}
