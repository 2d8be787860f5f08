import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo } from 'node:net';

/** A delivery as it came in. */
export interface ReceivedDelivery {
  body: string;
  headers: IncomingHttpHeaders;
  /** What it was answered. */
  status: number;
}

/** A program of the host's that takes deliveries. */
export interface EventReceiver {
  url: string;
  /** Every delivery, in the order in which they came in. */
  deliveries: ReceivedDelivery[];
  /** Those that were taken, as JSON. */
  taken(): { id: string; type: string; payer: string; sequence: number }[];
  close(): Promise<void>;
}

/**
 * Starts a receiver.
 * @param answer status of the answer to each delivery; default 204
 */
export async function startEventReceiver(
  answer: (delivery: Omit<ReceivedDelivery, 'status'>) => number | Promise<number> = () => 204,
): Promise<EventReceiver> {
  const deliveries: ReceivedDelivery[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const delivery = { body: Buffer.concat(chunks).toString('utf8'), headers: request.headers };
      void Promise.resolve(answer(delivery)).then((status) => {
        deliveries.push({ ...delivery, status });
        response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end('an answer');
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/events`,
    deliveries,
    taken: () => deliveries.filter(({ status }) => status < 300).map(({ body }) => JSON.parse(body) as never),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
