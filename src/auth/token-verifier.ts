import { createSecretKey, type KeyObject } from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { errors, type JWTPayload, jwtVerify, type JWTVerifyGetKey, type JWTVerifyOptions } from 'jose';
import { BillingError } from '../common/billing-error.js';
import { Clock } from '../common/clock.js';
import { AppConfig } from '../config/app-config.js';
import { KeySetUnavailable, remoteKeySet } from './key-set.js';
import { claimsOf, type ClaimNames, isForClient, type TokenClaims } from './token-claims.js';

/** Algorithms of a key set; symmetric ones and `none` are never among them. */
const ASYMMETRIC = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];
const CLOCK_TOLERANCE_SECONDS = 5;

/** Verifies bearer tokens (RFC 7519): signature, expiry, issuer, audience, client. */
@Injectable()
export class TokenVerifier {
  private readonly logger = new Logger(TokenVerifier.name);
  private readonly key: KeyObject | JWTVerifyGetKey;
  private readonly algorithms: string[];
  private readonly names: ClaimNames;

  constructor(
    private readonly config: AppConfig,
    private readonly clock: Clock,
  ) {
    const { AUTH_JWT_SECRET: secret, AUTH_JWKS_URL: url } = config.env;
    if (secret !== undefined) this.key = createSecretKey(Buffer.from(secret));
    else if (url !== undefined) this.key = remoteKeySet(url);
    else throw new Error('AppConfig guarantees AUTH_JWT_SECRET or AUTH_JWKS_URL');
    this.algorithms = secret === undefined ? ASYMMETRIC : ['HS256'];
    this.names = claimNames(config.env);
  }

  /**
   * @throws BillingError authentication_required for every token that is not valid, service_unavailable while the key set
   * cannot be read
   */
  async verify(token: string): Promise<TokenClaims> {
    const { AUTH_CLIENT_ID: clientIds } = this.config.env;
    const payload = await this.payloadOf(token);
    if (clientIds !== undefined && !isForClient(payload, clientIds)) throw new BillingError('authentication_required');
    return claimsOf(payload, this.names);
  }

  private async payloadOf(token: string): Promise<JWTPayload> {
    const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = this.config.env;
    const options: JWTVerifyOptions = {
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
      return payload;
    } catch (error) {
      throw this.refusalOf(error);
    }
  }

  private refusalOf(error: unknown): BillingError {
    if (isAboutKeySet(error)) return new BillingError('service_unavailable', undefined, {}, error);
    // A key that is too short or broken: jose leaves that to the cryptography below it.
    if (!(error instanceof errors.JOSEError)) this.logger.warn(`A key of the key set cannot be used: ${String(error)}`);
    return new BillingError('authentication_required', undefined, {}, error);
  }
}

function claimNames(env: AppConfig['env']): ClaimNames {
  return {
    email: env.AUTH_EMAIL_CLAIM,
    role: env.AUTH_ROLE_CLAIM,
    adminRole: env.AUTH_ADMIN_ROLE,
    organization: env.AUTH_ORGANIZATION_CLAIM ?? null,
    organizationName: env.AUTH_ORGANIZATION_NAME_CLAIM ?? null,
    organizationRole: env.AUTH_ORGANIZATION_ROLE_CLAIM ?? null,
    buyerRoles: env.AUTH_ORGANIZATION_BUYER_ROLES,
  };
}

/** True when the key set could not be fetched or is none. The general JOSEError is that of a body that is no JSON. */
function isAboutKeySet(error: unknown): boolean {
  if (error instanceof KeySetUnavailable) return true;
  return (
    error instanceof errors.JOSEError &&
    ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'].includes(error.code)
  );
}
