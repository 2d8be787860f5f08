import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { newId } from '../kernel/context.js';
import { type Api, type ApiRequest } from './api.js';
import { StripeError, invalidRequest } from '../errors/stripe-error.js';

const MAX_BODY_BYTES = 1024 * 1024;
/** `keepAliveTimeout`: longer than clients keep idle connections, so that none is closed just when it is used again. */
const OPTIONS = { maxHeaderSize: 32 * 1024, requestTimeout: 30_000, keepAliveTimeout: 75_000 };

/** By it a program sees that this is no real Stripe: its clock, for one, is moved on purpose. */
const SANDBOX_HEADER = { 'Stripe-Sandbox': 'true' };

/** Answers requests that are not the API's: the control routes, the hosted pages. */
export interface Site {
  handles(request: ApiRequest): boolean;
  answer(request: ApiRequest): Promise<SiteAnswer>;
}

export interface SiteAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string | Buffer;
}

/** The TCP connection of a request. */
export interface Connection {
  destroy(): void;
  onClose(listener: () => void): void;
}

/** What stands between a request and its answer; `undefined` sends no answer. */
export type Interceptor = (
  request: ApiRequest,
  next: () => Promise<SiteAnswer>,
  connection: Connection,
) => Promise<SiteAnswer | undefined>;

/** The HTTP server: reads requests within limits and never lets an error escape. */
export class SandboxServer {
  private readonly server: http.Server;

  constructor(
    private readonly api: Api,
    private readonly sites: readonly Site[],
    private readonly intercept: Interceptor,
    private readonly log: (message: string, error?: unknown) => void,
  ) {
    this.server = http.createServer(OPTIONS, (request, response) => {
      this.serve(request, response).catch((error: unknown) => {
        this.log('a request failed', error);
        response.destroy();
      });
    });
    this.server.on('clientError', (_error, socket) => {
      if (!socket.writable) return void socket.destroy();
      const answer = this.api.failure(invalidRequest('Malformed HTTP request.'), newId('req', 14));
      const length = Buffer.byteLength(answer.body);
      socket.end(
        `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${answer.body}`,
      );
    });
  }

  /** Listens and returns the port. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, host, () => {
        this.server.off('error', reject);
        resolve((this.server.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.server.close(() => resolve());
      this.server.closeIdleConnections();
      setTimeout(() => this.server.closeAllConnections(), 1_000).unref();
    });
  }

  private async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    let body: string;
    try {
      body = await readBody(message);
    } catch (error) {
      if (!(error instanceof StripeError)) return void response.destroy();
      response.setHeader('Connection', 'close');
      return send(response, this.api.failure(error, newId('req', 14)), message.method);
    }
    const [path = '/', query = ''] = splitOnce(message.url ?? '/', '?');
    const request: ApiRequest = { method: message.method ?? 'GET', path, query, headers: message.headers, body };
    const site = this.sites.find((candidate) => candidate.handles(request));
    if (site !== undefined) {
      const answer = await site.answer(request).catch((error: unknown) => this.api.failure(error, newId('req', 14)));
      return send(response, answer, message.method);
    }
    const answer = await this.intercept(request, () => this.api.answer(request), {
      destroy: () => message.socket.destroy(),
      onClose: (listener) => message.socket.once('close', listener),
    });
    if (answer !== undefined) send(response, answer, message.method);
  }
}

function send(response: ServerResponse, answer: SiteAnswer, method: string | undefined): void {
  if (response.destroyed) return;
  const length = { 'Content-Length': Buffer.byteLength(answer.body) };
  response.writeHead(answer.status, { ...answer.headers, ...SANDBOX_HEADER, ...length });
  response.end(method === 'HEAD' ? undefined : answer.body);
}

function readBody(message: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    message.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else {
        message.pause();
        reject(
          new StripeError(413, {
            type: 'invalid_request_error',
            message: `Request body is too large: at most ${MAX_BODY_BYTES} bytes are accepted.`,
          }),
        );
      }
    });
    message.on('end', () => resolve(Buffer.concat(chunks).toString('utf8')));
    message.on('error', reject);
    message.on('aborted', () => reject(new Error('the request was aborted')));
  });
}

function splitOnce(text: string, separator: string): string[] {
  const position = text.indexOf(separator);
  return position === -1 ? [text] : [text.slice(0, position), text.slice(position + 1)];
}
