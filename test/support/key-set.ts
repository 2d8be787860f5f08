import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type GenerateKeyPairResult, type JWK, type JWTPayload, SignJWT } from 'jose';

/** An issuer of tokens, as far as a service sees it: the address of its key set, over HTTP on this machine. */
export class Issuer {
  /** What the key set holds; to be changed by a test. */
  keys: JWK[] = [];
  /** Sends something else than the key set. */
  override: ((response: ServerResponse) => void) | null = null;
  private readonly pairs = new Map<string, GenerateKeyPairResult & { alg: string }>();

  private constructor(
    private readonly server: Server,
    /** Address of the key set. */
    readonly url: string,
  ) {}

  static async start(): Promise<Issuer> {
    const server = createServer((_request, response) => {
      if (issuer.override !== null) return issuer.override(response);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ keys: issuer.keys }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const issuer = new Issuer(server, `http://127.0.0.1:${port}/.well-known/jwks.json`);
    return issuer;
  }

  /** Makes a key and publishes it. */
  async addKey(kid: string, alg: string): Promise<void> {
    const pair = await generateKeyPair(alg, { extractable: true });
    this.pairs.set(kid, { ...pair, alg });
    this.keys.push({ ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' });
  }

  /** @param header what the header has beside `alg` and `kid` */
  sign(kid: string, claims: JWTPayload, header: object = {}): Promise<string> {
    const pair = this.pairs.get(kid);
    if (pair === undefined) throw new Error(`no key ${kid}`);
    return new SignJWT(claims).setProtectedHeader({ ...header, alg: pair.alg, kid }).sign(pair.privateKey);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
