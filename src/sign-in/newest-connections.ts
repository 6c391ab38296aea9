/** Keeps a listener open to newcomers: when it is full, the connection that has kept it waiting longest goes. */

import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** Connections that wait in the system's queue until the program takes them, all at once if need be. */
export const BACKLOG = 511;

/**
 * Twice the queue and more: a browser that connects and asks in one go is read before a whole queue of
 * others that came after it can push it out.
 */
const CONNECTIONS_MAX = 1_152;

/**
 * Bounds a server's open connections. `server.maxConnections` would turn away the newest, and a program that
 * opens connections and says nothing would so lock the person out.
 *
 * @returns exempts a connection that is waited for on our side
 */
export function keepNewest(server: Server): (socket: Socket) => void {
  // A set keeps the order of arrival.
  const waiting = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    waiting.add(socket);
    socket.once('close', () => waiting.delete(socket));
    const [oldest] = waiting;
    if (waiting.size > CONNECTIONS_MAX) oldest?.destroy();
  });
  return (socket) => waiting.delete(socket);
}
