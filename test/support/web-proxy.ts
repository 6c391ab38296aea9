/** An office's web proxy, on this computer: it gives a fixed answer, or opens a tunnel to another port here. */

import { createServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';

/** A proxy, and the requests it received. */
export interface WebProxy {
  readonly url: string;
  readonly asked: readonly string[];
  close(): Promise<void>;
}

/** @param answer to each CONNECT: the proxy's own status line, the port to open a tunnel to, or never one */
export async function startWebProxy(answer: string | number | 'silence'): Promise<WebProxy> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(502).end();
  });
  server.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    socket.on('error', () => undefined);
    if (answer === 'silence') return;
    if (typeof answer === 'string') {
      socket.end(`HTTP/1.1 ${answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
      return;
    }
    const target = connect(answer, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    target.on('error', () => socket.destroy());
  });
  // A tunnel no longer counts as one of the server's connections.
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const port = await listenHere(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

/** Starts a server on a port that the system chooses. */
export async function listenHere(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
