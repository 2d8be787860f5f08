import { once } from 'node:events';
import http from 'node:http';
import { type AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';

const LOOKS_EVERY_MS = 100;

/**
 * A load balancer as they are: it asks each server now and then whether it is ready, sends requests to those that are, keeps
 * connections alive on both sides, and repeats nothing.
 */
export class Balancer {
  private readonly agent = new http.Agent({ keepAlive: true });
  private ready: string[] = [];
  private turn = 0;
  private readonly looking: Promise<void>;
  private closed = false;

  private constructor(
    private readonly server: http.Server,
    private readonly servers: () => string[],
  ) {
    this.looking = this.look();
    server.on('request', (request, response) => this.pass(request, response));
  }

  static async start(servers: () => string[]): Promise<Balancer> {
    const server = http.createServer({ keepAliveTimeout: 60_000 }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Balancer(server, servers);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Servers that get requests now. */
  get readyServers(): number {
    return this.ready.length;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.looking;
    this.agent.destroy();
    this.server.closeAllConnections();
    this.server.close();
  }

  private async look(): Promise<void> {
    while (!this.closed) {
      const states = this.servers().map(async (origin) => {
        const isReady = await fetch(`${origin}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
        return isReady ? [origin] : [];
      });
      this.ready = (await Promise.all(states)).flat();
      await wait(LOOKS_EVERY_MS);
    }
  }

  private pass(request: http.IncomingMessage, response: http.ServerResponse): void {
    const origin = this.ready[this.turn++ % Math.max(1, this.ready.length)];
    if (origin === undefined) return void response.writeHead(503).end();
    const { method, headers, url = '/' } = request;
    const onward = http.request(new URL(url, origin), { method, headers, agent: this.agent });
    onward.on('response', (answer) => {
      const { connection: _connection, 'keep-alive': _keepAlive, ...rest } = answer.headers;
      response.writeHead(answer.statusCode ?? 502, rest);
      answer.pipe(response);
    });
    onward.on('error', () => response.writeHead(502).end());
    request.pipe(onward);
  }
}
