import { createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { createRemoteJWKSet, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { BillingError } from '../common/billing-error.js';
import { Clock } from '../common/clock.js';
import { AppConfig } from '../config/app-config.js';
import { claimsOf, type TokenClaims } from './token-claims.js';

/** Algorithms of a key set; symmetric ones and `none` are never among them. */
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;

/** Verifies bearer tokens (RFC 7519): signature, expiry, issuer, audience. */
@Injectable()
export class TokenVerifier {
  private readonly key: KeyObject | JWTVerifyGetKey;
  private readonly algorithms: string[];

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {
    const { AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: url } = config.env;
    if (secret !== undefined) this.key = createSecretKey(Buffer.from(secret));
    else if (url !== undefined) this.key = createRemoteJWKSet(new URL(url));
    else throw new Error('AppConfig guarantees AUTH_JWT_SECRET or AUTH_JWKS_URL');
    this.algorithms = secret === undefined ? ASYMMETRIC : ['HS256'];
  }

  /** @throws BillingError authentication_required for every token that is not valid */
  async verify(token: string): Promise<TokenClaims> {
    const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = this.config.env;
    const options = {
      algorithms: this.algorithms,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      currentDate: this.clock.now(),
      requiredClaims: ['sub', 'exp'],
      ...(issuer === undefined ? {} : { issuer }),
      ...(audience === undefined ? {} : { audience }),
    };
    try {
      const { payload } =
        typeof this.key === 'function'
          ? await jwtVerify(token, this.key, options)
          : await jwtVerify(token, this.key, options);
      return claimsOf(payload);
    } catch (error) {
      if (error instanceof BillingError) throw error;
      const code = blamesToken(error) ? 'authentication_required' : 'service_unavailable';
      throw new BillingError(code, undefined, {}, error);
    }
  }
}

/**
 * False when the key set could not be fetched or read: then the token may be good. jose has the general JOSEError for a
 * status other than 200, and passes on what `fetch` throws.
 */
function blamesToken(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false;
  return !['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code);
}
