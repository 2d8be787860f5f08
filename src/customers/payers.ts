import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { User } from '../auth/user.entity.js';
import { Installation } from './installation.entity.js';
import { isMadeBy, type PayerMetadata, payerMetadata, payerNamedBy } from './payer-metadata.js';

type StripeMetadata = Readonly<Record<string, string | undefined>>;
/** As long as `users.external_id` may be; a longer subject is no user of ours. */
const LONGEST_SUBJECT = 255;

/** Ties what is at Stripe to the users of this installation, by metadata that nobody can guess. */
@Injectable()
export class Payers implements OnModuleInit {
  /** Read once: it only changes while nothing else runs (`cli instance adopt`). */
  private instanceId = '';

  constructor(private readonly dataSource: DataSource) {}

  async onModuleInit(): Promise<void> {
    const row = await this.dataSource.getRepository(Installation).findOneByOrFail({ only: true });
    this.instanceId = row.instanceId;
  }

  /** What an object made for a user carries at Stripe. */
  metadataOf(user: { id: number; externalId: string }): PayerMetadata {
    return payerMetadata(this.instanceId, user);
  }

  /** The user that an object names, if there is one here. */
  async find(
    metadata: StripeMetadata | null | undefined,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<User | 'other_instance' | null> {
    const named = payerNamedBy(metadata, this.instanceId);
    if (named === null || named === 'other_instance') return named;
    return manager.findOneBy(User, { externalId: named.sub });
  }

  /** The same; a user that this installation sold to and that has no row, after a loss of the database, gets one. */
  async findOrAdd(metadata: StripeMetadata | null | undefined): Promise<User | 'other_instance' | null> {
    const found = await this.find(metadata);
    const named = payerNamedBy(metadata, this.instanceId);
    if (found !== null || named === null || named === 'other_instance') return found;
    if (named.sub.length > LONGEST_SUBJECT) return null;
    const row = { externalId: named.sub, role: 'user' };
    await this.dataSource.createQueryBuilder().insert().into(User).values(row).orIgnore().execute();
    return this.find(metadata);
  }

  /** True for what this installation made, not an operator or another program. */
  madeHere(metadata: StripeMetadata | null | undefined): boolean {
    return isMadeBy(this.instanceId, metadata);
  }
}
