import http from 'node:http';

/** An answer of the API, without an SDK between. */
export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: { readonly [name: string]: unknown };
  readonly error: { readonly [name: string]: unknown } | undefined;
}

/** Speaks HTTP to a sandbox without an SDK. */
export class RawApi {
  private readonly agent = new http.Agent({ keepAlive: true, maxSockets: 4 });

  constructor(private readonly port: number) {}

  /** Sends a request with a secret test key, unless `headers` says otherwise; a body is a form. */
  ask(method: string, path: string, body?: string | Buffer, headers: http.OutgoingHttpHeaders = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const request = http.request({
        agent: this.agent,
        host: '127.0.0.1',
        port: this.port,
        method,
        path,
        headers: {
          authorization: 'Bearer sk_test_1',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) }),
          ...headers,
        },
      });
      request.on('error', reject);
      request.on('response', (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const parsed = JSON.parse(Buffer.concat(chunks).toString()) as Answer['body'];
          const error = parsed.error as Answer['error'];
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parsed, error });
        });
      });
      request.end(body);
    });
  }

  post(path: string, body: string, headers?: http.OutgoingHttpHeaders): Promise<Answer> {
    return this.ask('POST', path, body, headers);
  }

  close(): void {
    this.agent.destroy();
  }
}
