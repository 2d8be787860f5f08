import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type PersonClaims } from './token-claims.js';
import { User } from './user.entity.js';

/** What the row of a user adds to a token: everything else of a request is read from its own token. */
export type KnownUser = Pick<User, 'id' | 'isActive'>;

/** Users are known by their tokens: a row appears with the first one and follows the claims of later ones. */
@Injectable()
export class UsersService {
  constructor(private readonly dataSource: DataSource) {}

  /** Makes the row of the token's bearer or brings it up to date. Parallel first requests get the same row. */
  async fromClaims(claims: PersonClaims): Promise<KnownUser> {
    const users = this.dataSource.getRepository(User);
    const { externalId } = claims;
    const columns = columnsOf(claims);
    const known = await users.findOneBy({ externalId });
    // What is personal of one who was closed stays removed, whatever tokens are still good.
    if (known !== null && (!known.isActive || !differs(known, columns))) return known;
    const written = await users
      .createQueryBuilder()
      .insert()
      .values(columns)
      .orUpdate(['email', 'email_verified', 'username', 'first_name', 'last_name', 'role'], ['external_id'], {
        overwriteCondition: { where: { isActive: true } },
      })
      .returning(['id', 'isActive'])
      .execute();
    const [row] = written.raw as { id: number; is_active: boolean }[];
    if (row === undefined) return users.findOneByOrFail({ externalId });
    return { id: row.id, isActive: row.is_active };
  }
}

function columnsOf(claims: PersonClaims): PersonClaims {
  const { externalId, email, emailVerified, username, firstName, lastName, role } = claims;
  return { externalId, email, emailVerified, username, firstName, lastName, role };
}

function differs(user: User, columns: PersonClaims): boolean {
  return (Object.keys(columns) as (keyof typeof columns)[]).some((name) => user[name] !== columns[name]);
}
