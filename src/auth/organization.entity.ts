import { Column, Entity } from 'typeorm';
import { NumberedRow } from '../database/rows.js';

/** An organization of the product's users that can be a customer, known by the tokens of its members. */
@Entity()
export class Organization extends NumberedRow {
  /** What AUTH_ORGANIZATION_CLAIM names. */
  @Column({ type: 'text', unique: true })
  externalId!: string;

  /** As the last token that told it. */
  @Column({ type: 'varchar', length: 255, nullable: true })
  name!: string | null;

  @Column({ type: 'boolean', default: true })
  isActive!: boolean;

  /** When it was closed for good, and what was personal removed. */
  @Column({ type: 'timestamptz', nullable: true })
  closedAt!: Date | null;
}
