import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Organization } from '../auth/organization.entity.js';
import { type IdentifiedPayer } from '../auth/payer.js';
import { User } from '../auth/user.entity.js';
import { Installation } from './installation.entity.js';
import { isMadeBy, type NamedPayer, type PayerMetadata, payerMetadata, payerNamedBy } from './payer-metadata.js';

type StripeMetadata = Readonly<Record<string, string | undefined>>;

const ENTITIES = { user: User, organization: Organization } as const;

/** Ties what is at Stripe to the payers of this installation, by metadata that nobody can guess. */
@Injectable()
export class Payers implements OnModuleInit {
  /** Read once: it only changes while nothing else runs (`cli instance adopt`). */
  private instanceId = '';

  constructor(private readonly dataSource: DataSource) {}

  async onModuleInit(): Promise<void> {
    const row = await this.dataSource.getRepository(Installation).findOneByOrFail({ only: true });
    this.instanceId = row.instanceId;
  }

  /** What an object made for a payer carries at Stripe. */
  metadataOf(payer: IdentifiedPayer): PayerMetadata {
    return payerMetadata(this.instanceId, payer);
  }

  /** The payer that an object names, whether or not there is one here; null when it names none. */
  nameIn(metadata: StripeMetadata | null | undefined): NamedPayer | null {
    return payerNamedBy(metadata, this.instanceId);
  }

  /** The payer that an object names, if there is one here. */
  async find(
    metadata: StripeMetadata | null | undefined,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<IdentifiedPayer | 'other_instance' | null> {
    const named = this.nameIn(metadata);
    if (named === null || named === 'other_instance') return named;
    const { kind, externalId } = named;
    const row = await manager.findOneBy<User | Organization>(ENTITIES[kind], { externalId });
    return row === null ? null : { kind, id: row.id, externalId };
  }

  /** The same; a payer that this installation sold to and that has no row, after a loss of the database, gets one. */
  async findOrAdd(metadata: StripeMetadata | null | undefined): Promise<IdentifiedPayer | 'other_instance' | null> {
    const found = await this.find(metadata);
    const named = this.nameIn(metadata);
    if (found !== null || named === null || named === 'other_instance') return found;
    const { kind, externalId } = named;
    const insert = this.dataSource.createQueryBuilder().insert();
    await insert.into<User | Organization>(ENTITIES[kind]).values({ externalId }).orIgnore().execute();
    return this.find(metadata);
  }

  /** True for what this installation made, not an operator or another program. */
  madeHere(metadata: StripeMetadata | null | undefined): boolean {
    return isMadeBy(this.instanceId, metadata);
  }
}
