import { Column, Entity } from 'typeorm';
import { NumberedRow } from '../database/rows.js';

/** A user of the product, known by the tokens that the product's issuer signs. */
@Entity()
export class User extends NumberedRow {
  /** The token's `sub`. */
  @Column({ type: 'text', unique: true })
  externalId!: string;

  @Column({ type: 'varchar', length: 255, nullable: true })
  email!: string | null;

  /** True when the token with this e-mail said `email_verified: true`. */
  @Column({ type: 'boolean', default: false })
  emailVerified!: boolean;

  @Column({ type: 'varchar', length: 255, nullable: true })
  username!: string | null;

  @Column({ type: 'varchar', length: 255, nullable: true })
  firstName!: string | null;

  @Column({ type: 'varchar', length: 255, nullable: true })
  lastName!: string | null;

  /** As the last token said it. For people to read: what a request may do is decided by its own token. */
  @Column({ type: 'varchar', length: 50, default: 'user' })
  role!: string;

  @Column({ type: 'boolean', default: true })
  isActive!: boolean;

  /** When it was closed for good, and what was personal removed. */
  @Column({ type: 'timestamptz', nullable: true })
  closedAt!: Date | null;
}
