import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

/** An answer that came, but was not passed on. */
export interface HeldAnswer {
  status: number;
  /** What was asked. */
  request: SeenRequest;
  /** Passes it on after all. */
  release(): void;
  /** Breaks the connection instead. */
  drop(): void;
}

/** A request as a rule sees it. */
interface SeenRequest {
  method: string;
  path: string;
  body: string;
}

interface Answer {
  status: number;
  headers: http.OutgoingHttpHeaders;
  body: Buffer | string;
}

interface Rule {
  fits: (request: SeenRequest) => boolean;
  reached: (answer: HeldAnswer) => void;
}

/**
 * Stands between two programs and passes requests on. It can hold an answer back, so that a test knows: the work is done
 * over there, and nobody here has heard of it yet.
 */
export class HoldingProxy {
  private rules: Rule[] = [];
  /** How many requests of each method came. */
  readonly seen: Record<string, number> = {};
  /** Milliseconds that every answer is late. */
  delayMs = 0;

  private constructor(
    private readonly server: http.Server,
    /** Address of the proxy, for example `http://127.0.0.1:40001`. */
    readonly url: string,
  ) {}

  /** @param target base URL that the next request goes to; null: there is nobody, and the connection breaks */
  static async start(target: () => string | null): Promise<HoldingProxy> {
    const server = http.createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new HoldingProxy(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const base = target();
      if (base === null) request.socket.destroy();
      else proxy.pass(base, request, response).catch(() => request.socket.destroy());
    });
    return proxy;
  }

  /** Holds back the answer to the next request that fits; resolves when the target has answered it. */
  holdAnswer(fits: Rule['fits']): Promise<HeldAnswer> {
    return new Promise((resolve) => this.rules.push({ fits, reached: resolve }));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async pass(base: string, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await read(request);
    const seen = { method: request.method ?? 'GET', path: request.url ?? '/', body: body.toString() };
    this.seen[seen.method] = (this.seen[seen.method] ?? 0) + 1;
    const rule = this.rules.find(({ fits }) => fits(seen));
    this.rules = this.rules.filter((other) => other !== rule);
    const answer = await forward(base, request, body);
    if (this.delayMs > 0) await wait(this.delayMs);
    const release = (): void => {
      if (!response.destroyed) response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    if (rule === undefined) release();
    else rule.reached({ status: answer.status, request: seen, release, drop: () => request.socket.destroy() });
  }
}

function forward(base: string, { method, url, headers }: http.IncomingMessage, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url ?? '/', base);
    const request = http.request(target, { method, headers: { ...headers, connection: 'close' }, agent: false });
    request.on('error', reject);
    request.on('response', (response) => {
      const { 'transfer-encoding': _chunked, connection: _connection, ...rest } = response.headers;
      read(response).then(
        (content) => resolve({ status: response.statusCode ?? 502, headers: rest, body: content }),
        reject,
      );
    });
    request.end(body);
  });
}

async function read(stream: http.IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
