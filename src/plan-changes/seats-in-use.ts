import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** How many seats are in use, as the host's backend reports it: nobody here knows the members of an organization. */
@Injectable()
export class SeatsInUse {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * @param feature that the seats of the plan are the limit of
   * @returns what was reported last; 0 when nothing was
   */
  async count(customerId: number, feature: string): Promise<number> {
    const [row] = await this.dataSource.query<{ used: string }[]>(
      `SELECT u.used FROM customers c JOIN feature_usage u
         ON u.user_id = c.user_id OR u.organization_id = c.organization_id
       WHERE c.id = $1 AND u.feature = $2 ORDER BY u.period_start DESC LIMIT 1`,
      [customerId, feature],
    );
    return row === undefined ? 0 : Number(row.used);
  }
}
