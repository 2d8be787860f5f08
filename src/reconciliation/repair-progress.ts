import { Injectable } from '@nestjs/common';
import { DataSource, Like } from 'typeorm';
import { Heartbeat } from '../database/heartbeat.js';
import { RepairProgressRow } from './repair-progress.entity.js';

/** Keeps where repair stands. All times are PostgreSQL's, so that instances whose clocks differ agree. */
@Injectable()
export class RepairProgress {
  constructor(
    private readonly dataSource: DataSource,
    private readonly heartbeat: Heartbeat,
  ) {}

  /** Null: this piece was never begun. */
  find(name: string): Promise<RepairProgressRow | null> {
    return this.dataSource.getRepository(RepairProgressRow).findOneBy({ name });
  }

  async save(
    name: string,
    values: { cursor: string | null; handled?: number; done?: boolean; result?: object },
  ): Promise<void> {
    await this.dataSource.getRepository(RepairProgressRow).upsert({ name, ...values }, ['name']);
  }

  /** Forgets every piece whose name begins so: the next run begins anew. */
  async forget(prefix: string): Promise<void> {
    await this.dataSource.getRepository(RepairProgressRow).delete({ name: Like(`${prefix}%`) });
  }

  /**
   * Takes a piece of work for this process, if no other one has it.
   * @param seconds after which another process may take it, should this one die; a longer run takes it again meanwhile
   * @param restSeconds the last run must have ended so long ago; a piece that was never begun counts as just ended
   */
  async take(name: string, seconds: number, restSeconds = 0): Promise<boolean> {
    await this.dataSource.query(
      `INSERT INTO repair_progress (name, finished_at) VALUES ($1, CASE WHEN $2::float8 > 0 THEN now() END) ON CONFLICT DO NOTHING`,
      [name, restSeconds],
    );
    const [, taken] = await this.dataSource.query<[unknown, number]>(
      `UPDATE repair_progress SET leased_until = now() + $2 * interval '1 second', leased_by = ${this.heartbeat.owner}
       WHERE name = $1 AND (leased_until IS NULL OR leased_until < now())
         AND (finished_at IS NULL OR finished_at <= now() - $3 * interval '1 second')`,
      [name, seconds, restSeconds],
    );
    return taken === 1;
  }

  /** Keeps what was taken for longer. */
  async extend(name: string, seconds: number): Promise<void> {
    await this.dataSource.query(
      `UPDATE repair_progress SET leased_until = now() + $2 * interval '1 second', leased_by = ${this.heartbeat.owner}
       WHERE name = $1`,
      [name, seconds],
    );
  }

  /** Notes what a run found that nobody else needs to wait for. */
  async note(name: string, result: Record<string, number>): Promise<void> {
    await this.dataSource.query(
      `INSERT INTO repair_progress (name, result, finished_at) VALUES ($1, $2, now())
       ON CONFLICT (name) DO UPDATE SET result = excluded.result, finished_at = excluded.finished_at`,
      [name, JSON.stringify(result)],
    );
  }

  /** Gives back what was taken. @param result what a run found that ended; null: it was interrupted */
  async giveBack(name: string, result: Record<string, number> | null): Promise<void> {
    await this.dataSource.query(
      `UPDATE repair_progress SET leased_until = NULL, leased_by = NULL, finished_at = CASE WHEN $2::jsonb IS NULL THEN finished_at ELSE now() END,
         result = coalesce($2::jsonb, result)
       WHERE name = $1`,
      [name, result === null ? null : JSON.stringify(result)],
    );
  }
}
