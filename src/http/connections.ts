import { type Server, type ServerResponse } from 'node:http';
import { type Socket } from 'node:net';

/** What a listening server has open. */
interface Open {
  sockets: Set<Socket>;
  responses: Set<ServerResponse>;
  isDraining: boolean;
}

const open = new WeakMap<Server, Open>();

/** Remembers the connections and requests of a server that is about to listen. */
export function rememberConnections(server: Server): void {
  const state: Open = { sockets: new Set(), responses: new Set(), isDraining: false };
  open.set(server, state);
  server.on('connection', (socket) => {
    state.sockets.add(socket);
    socket.once('close', () => state.sockets.delete(socket));
  });
  server.prependListener('request', (_request, response) => {
    state.responses.add(response);
    response.once('close', () => state.responses.delete(response));
    if (state.isDraining) askToClose(response);
  });
}

/** From now on every response asks its client to use another connection, also those to requests that run already. */
export function beginDraining(server: Server): void {
  const state = open.get(server);
  if (state === undefined) return;
  state.isDraining = true;
  for (const response of state.responses) askToClose(response);
}

/** Cuts the connections that never sent anything, as browsers open them in advance: Node does not count them as idle. */
export function cutSilentConnections(server: Server): void {
  for (const socket of open.get(server)?.sockets ?? []) if (socket.bytesRead === 0) socket.destroy();
}

function askToClose(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close');
}
