import { Check, Column, Entity } from 'typeorm';
import { NumberedRow } from '../database/rows.js';

/** What a service key may do: each scope includes those before it. */
export const SCOPES = ['read', 'act', 'admin'] as const;
export type Scope = (typeof SCOPES)[number];

/** A key of the host's own backend. The key itself is shown once and kept nowhere. */
@Entity()
@Check('service_keys_scope_check', `scope IN ('read', 'act', 'admin')`)
export class ServiceKey extends NumberedRow {
  /** For people. Keys that replace each other share it. */
  @Column({ type: 'varchar', length: 100 })
  name!: string;

  /** SHA-256 of the key, hexadecimal. */
  @Column({ type: 'char', length: 64, unique: true })
  keyHash!: string;

  /** `read`: every GET of a payer · `act`: also changes · `admin`: also the routes of administrators. */
  @Column({ type: 'varchar', length: 10 })
  scope!: Scope;

  /** By PostgreSQL's clock, as the other times; null: never. */
  @Column({ type: 'timestamptz', nullable: true })
  expiresAt!: Date | null;

  @Column({ type: 'timestamptz', nullable: true })
  revokedAt!: Date | null;

  /** To the minute. */
  @Column({ type: 'timestamptz', nullable: true })
  lastUsedAt!: Date | null;
}
