import { type Socket } from 'node:net';
import { type ClientBase } from 'pg';

/** What pg does not declare of its clients. */
interface Connected {
  connection: { stream: Socket };
  /** False while a query waits for its answer. */
  readyForQuery: boolean;
}

/**
 * Ends a connection whose server says nothing while a query waits: a machine that hangs breaks no connection. pg's own
 * `query_timeout` gives the caller up, but leaves the connection to the next one.
 */
export function endWhenSilent(client: ClientBase, milliseconds: number): void {
  const connected = client as unknown as Connected;
  const { stream } = connected.connection;
  stream.setTimeout(milliseconds, () => {
    if (!connected.readyForQuery) stream.destroy();
  });
}
