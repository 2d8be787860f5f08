import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type TokenClaims } from './token-claims.js';
import { User } from './user.entity.js';

/** Users are known by their tokens: a row appears with the first one and follows the claims of later ones. */
@Injectable()
export class UsersService {
  constructor(private readonly dataSource: DataSource) {}

  /** The row of the token's bearer, made or brought up to date. Parallel first requests get the same row. */
  async fromClaims(claims: TokenClaims): Promise<User> {
    const users = this.dataSource.getRepository(User);
    const known = await users.findOneBy({ externalId: claims.externalId });
    if (known !== null && !differs(known, claims)) return known;
    await users.upsert({ ...claims }, { conflictPaths: ['externalId'], skipUpdateIfNoValuesChanged: true });
    return users.findOneByOrFail({ externalId: claims.externalId });
  }
}

function differs(user: User, claims: TokenClaims): boolean {
  return (Object.keys(claims) as (keyof TokenClaims)[]).some((name) => user[name] !== claims[name]);
}
