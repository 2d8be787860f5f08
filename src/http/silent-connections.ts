import { type Server } from 'node:http';
import { type Socket } from 'node:net';

const open = new WeakMap<Server, Set<Socket>>();

/** Remembers the connections of a server that is about to listen. */
export function rememberConnections(server: Server): void {
  const sockets = new Set<Socket>();
  open.set(server, sockets);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
}

/** Cuts the connections that never sent anything, as browsers open them in advance: Node does not count them as idle. */
export function cutSilentConnections(server: Server): void {
  for (const socket of open.get(server) ?? []) if (socket.bytesRead === 0) socket.destroy();
}
