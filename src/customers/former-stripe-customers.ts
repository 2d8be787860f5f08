import { type EntityManager } from 'typeorm';
import { ownedBy, type PayerKey } from '../auth/payer.js';
import { storableColumns } from '../sync/storable-columns.js';
import { Customer } from './customer.entity.js';
import { toPlaceholderColumns } from './customer.mapper.js';
import { FormerStripeCustomer } from './former-stripe-customer.entity.js';

/** What the snapshots of a customer say, also those of its deletion. */
interface CustomerSnapshot {
  id: string;
  email?: string | null;
  name?: string | null;
}

/** The row of the payer who has this Stripe customer or had it once. */
export async function findOwner(manager: EntityManager, stripeCustomerId: string): Promise<Customer | null> {
  const current = await manager.findOneBy(Customer, { stripeCustomerId });
  if (current !== null) return current;
  const former = await manager.findOneBy(FormerStripeCustomer, { stripeCustomerId });
  return former === null ? null : manager.findOneBy(Customer, { id: former.customerId });
}

/** Remembers that a customer had this Stripe customer. */
export async function noteFormer(manager: EntityManager, stripeCustomerId: string, customerId: number): Promise<void> {
  const values = { stripeCustomerId, customerId };
  await manager.createQueryBuilder().insert().into(FormerStripeCustomer).values(values).orIgnore().execute();
}

/**
 * Remembers the payer of a customer that Stripe does not know any more and that has no row: the snapshots of its events
 * name the payer, and nothing else does. A payer without a row gets one that stands for no Stripe customer.
 */
export async function noteDeleted(manager: EntityManager, snapshot: CustomerSnapshot, payer: PayerKey): Promise<void> {
  const placeholder = storableColumns(Customer, toPlaceholderColumns(snapshot, payer));
  await manager.createQueryBuilder().insert().into(Customer).values(placeholder).orIgnore().execute();
  const { id } = await manager.findOneByOrFail(Customer, ownedBy(payer));
  await noteFormer(manager, snapshot.id, id);
}
