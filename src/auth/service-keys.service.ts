import { createHash, randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { insertRow } from '../database/returned-rows.js';
import { type Scope, ServiceKey } from './service-key.entity.js';

/** What a key begins with, so that it is told from a token, and found by those who scan for leaked secrets. */
const PREFIX = 'bsk_';
const RANDOM_BYTES = 32;
const SECONDS_PER_DAY = 24 * 3600;

/** A key that is valid now. */
export type ValidServiceKey = Pick<ServiceKey, 'id' | 'scope'>;

/** A new key. */
export interface IssuedServiceKey {
  row: ServiceKey;
  /** The key itself: it can be shown this once. */
  secret: string;
}

/** True for a bearer that is meant to be a service key, valid or not. No token begins so: it would need two dots. */
export function isServiceKey(bearer: string): boolean {
  return bearer.startsWith(PREFIX);
}

/** The keys of the host's own backend: made and taken back by operators, looked up at each request. */
@Injectable()
export class ServiceKeys {
  constructor(private readonly dataSource: DataSource) {}

  /** The key, if it is valid; null for one that is unknown, revoked or expired. Notes once a minute that it is used. */
  async find(secret: string): Promise<ValidServiceKey | null> {
    const [found] = await this.dataSource.query<(ValidServiceKey & { is_noted: boolean })[]>(
      `SELECT id, scope, coalesce(last_used_at > now() - interval '1 minute', false) AS is_noted FROM service_keys
       WHERE key_hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now())`,
      [hashOf(secret)],
    );
    if (found === undefined) return null;
    if (!found.is_noted)
      await this.dataSource.query(
        `UPDATE service_keys SET last_used_at = now()
         WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= now() - interval '1 minute')`,
        [found.id],
      );
    return { id: found.id, scope: found.scope };
  }

  /**
   * Makes a key.
   * @param days how long it is valid; null: until it is revoked
   */
  async create(
    manager: EntityManager,
    wanted: { name: string; scope: Scope; days: number | null },
  ): Promise<IssuedServiceKey> {
    const secret = PREFIX + randomBytes(RANDOM_BYTES).toString('base64url');
    const { name, scope, days } = wanted;
    const row = await insertRow(manager, ServiceKey, {
      name,
      scope,
      keyHash: hashOf(secret),
      expiresAt: days === null ? null : () => `now() + interval '${days * SECONDS_PER_DAY} seconds'`,
    });
    return { row, secret };
  }

  /** All keys, the newest first. */
  list(manager: EntityManager): Promise<ServiceKey[]> {
    return manager.find(ServiceKey, { order: { id: 'DESC' } });
  }

  /**
   * Makes a key with the name, the scope and the validity of another one, which ends after the overlap.
   * @param hours how long both are valid
   * @returns null when the other one is unknown or not valid any more
   */
  async rotate(manager: EntityManager, id: number, hours: number): Promise<IssuedServiceKey | null> {
    const [[old]] = await manager.query<[{ name: string; scope: Scope; days: number | null }[], number]>(
      `WITH known AS (
         SELECT id, extract(epoch FROM expires_at - created_at)::float8 / ${SECONDS_PER_DAY} AS days FROM service_keys
         WHERE id = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()) FOR UPDATE
       )
       UPDATE service_keys SET updated_at = now(),
         expires_at = least(expires_at, now() + make_interval(hours => $2)) FROM known
       WHERE service_keys.id = known.id RETURNING name, scope, known.days`,
      [id, hours],
    );
    return old === undefined ? null : this.create(manager, old);
  }

  /** Makes a key invalid at once; false when it is unknown. One that was revoked before stays so. */
  async revoke(manager: EntityManager, id: number): Promise<boolean> {
    const [revoked] = await manager.query<[unknown[], number]>(
      `UPDATE service_keys SET revoked_at = coalesce(revoked_at, now()), updated_at = now() WHERE id = $1 RETURNING id`,
      [id],
    );
    return revoked.length > 0;
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
