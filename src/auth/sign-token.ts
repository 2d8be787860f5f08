import { SignJWT } from 'jose';

/** Whom a token is for. */
export interface TokenBearer {
  sub: string;
  /** Default `<sub>@example.com`. */
  email?: string;
  /** Default: an ordinary user. */
  role?: string;
}

export interface TokenSigning {
  /** The HS256 secret that the service verifies with. */
  secret: string;
  /** `iss` and `aud`, where the service asks for them. */
  issuer?: string;
  audience?: string;
  /** `client_id`, where the service asks for one. */
  clientId?: string;
  now: Date;
}

const LIFETIME_SECONDS = 30 * 24 * 60 * 60;

/** A bearer token of the embedded set-up, valid for 30 days. */
export function signToken(bearer: TokenBearer, signing: TokenSigning): Promise<string> {
  const issuedAt = Math.floor(signing.now.getTime() / 1000);
  const { sub, email = `${sub}@example.com`, role } = bearer;
  const client = signing.clientId === undefined ? {} : { client_id: signing.clientId };
  const token = new SignJWT({ email, ...(role === undefined ? {} : { role }), ...client })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS);
  if (signing.issuer !== undefined) token.setIssuer(signing.issuer);
  if (signing.audience !== undefined) token.setAudience(signing.audience);
  return token.sign(Buffer.from(signing.secret));
}
