import { SignJWT } from 'jose';

/** Whom a token is for. */
export interface TokenBearer {
  sub: string;
  /** Default `<sub>@example.com`. */
  email?: string;
  /** Default: an ordinary user. */
  role?: string;
  /** Default: the token acts for its bearer. */
  organization?: {
    id: string;
    name?: string;
    /** The bearer's role within it. Default: one that only reads. */
    role?: string;
  };
}

/** How tokens of the embedded set-up name the organization that they act for. */
export const ORGANIZATION_CLAIMS = { id: 'org_id', name: 'org_name', role: 'org_role' } as const;

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
  const { sub, email = `${sub}@example.com`, role, organization } = bearer;
  const client = signing.clientId === undefined ? {} : { client_id: signing.clientId };
  const token = new SignJWT({ email, ...(role === undefined ? {} : { role }), ...claimsOf(organization), ...client })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + LIFETIME_SECONDS);
  if (signing.issuer !== undefined) token.setIssuer(signing.issuer);
  if (signing.audience !== undefined) token.setAudience(signing.audience);
  return token.sign(Buffer.from(signing.secret));
}

function claimsOf(organization: TokenBearer['organization']): Record<string, string> {
  if (organization === undefined) return {};
  const { id, name, role } = organization;
  return {
    [ORGANIZATION_CLAIMS.id]: id,
    ...(name === undefined ? {} : { [ORGANIZATION_CLAIMS.name]: name }),
    ...(role === undefined ? {} : { [ORGANIZATION_CLAIMS.role]: role }),
  };
}
