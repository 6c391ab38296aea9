/**
 * A way to a PostgreSQL that can be cut at any statement: before it arrives, after it was done and before its answer
 * comes back, or so that it arrives later, when nobody waits for it any more.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What becomes of a statement. The client's connection ends but for the first. */
export type Fate = 'passes' | 'never-arrives' | 'loses-its-answer' | 'arrives-late';

/** One computer's way to the server. */
export interface Forwarder {
  readonly port: number;
  /** Decides what becomes of a statement, by its text. */
  fate: (statement: string) => Fate;
  /** Is gone for a while: what is connected ends, and nothing connects. What was late still arrives. */
  goAway(ms: number): void;
  /** Leads to another server from now on; what is connected is cut, and so is what was still to arrive. */
  leadTo(port: number): void;
  /** Lets what was late arrive; resolves when the server has answered, and heard that nobody is there. */
  letArrive(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one. */
export async function startForwarder(server: number): Promise<Forwarder> {
  const late: (() => Promise<void>)[] = [];
  const open = new Set<Socket>();
  const clients = new Set<Socket>();
  let to = server;
  let backAt = 0;
  const listener = createServer((client) => {
    if (performance.now() < backAt) return client.destroy();
    clients.add(client);
    client.on('close', () => clients.delete(client));
    const upstream = connect(to, '127.0.0.1');
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => open.delete(socket));
    }
    upstream.on('data', (answer: Buffer) => client.write(answer));
    upstream.on('close', () => client.destroy());
    let isCut = false;
    const cut = () => {
      isCut = true;
      client.destroy();
    };
    client.on('close', () => {
      if (!isCut) upstream.destroy();
    });
    /** Sends a statement for nobody; the server's side ends when it has answered. */
    const sendAlone = async (statement: Buffer) => {
      if (upstream.destroyed) return;
      upstream.write(statement);
      const answered = once(upstream, 'data').catch(() => undefined);
      await Promise.race([answered, once(upstream, 'close')]);
      upstream.destroy();
    };
    eachStatement(client, upstream, (statement, text) => {
      const fate = forwarder.fate(text);
      if (fate === 'passes') return upstream.write(statement);
      cut();
      if (fate === 'never-arrives') upstream.destroy();
      else if (fate === 'loses-its-answer') void sendAlone(statement);
      else late.push(() => sendAlone(statement));
    });
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const forwarder: Forwarder = {
    port: (listener.address() as AddressInfo).port,
    fate: () => 'passes',
    goAway(ms) {
      backAt = performance.now() + ms;
      for (const client of clients) client.destroy();
    },
    leadTo(port) {
      to = port;
      late.length = 0;
      for (const socket of open) socket.destroy();
    },
    async letArrive() {
      await Promise.all(late.splice(0).map((send) => send()));
    },
    async close() {
      for (const socket of open) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
  return forwarder;
}

/** Gives each whole statement with its text; what comes before the first, and goodbyes, go on as they are. */
function eachStatement(
  client: Socket,
  upstream: Socket,
  on: (statement: Buffer, text: string) => void,
): void {
  const texts = new Map<string, string>();
  let pending = Buffer.alloc(0);
  let statement: Buffer[] = [];
  let text = '';
  let isStarted = false;
  client.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk]);
    for (;;) {
      const at = isStarted ? 1 : 0;
      if (pending.length < at + 4) return;
      const length = at + pending.readUInt32BE(at);
      if (pending.length < length) return;
      const message = pending.subarray(0, length);
      pending = pending.subarray(length);
      const type = isStarted ? String.fromCharCode(message[0] ?? 0) : '';
      const [first = '', second = ''] = message.subarray(5).toString().split('\0');
      isStarted = true;
      if (type === 'P') texts.set(first, second);
      if (type === 'Q') text = first;
      if (type === 'P' || type === 'B') text = texts.get(type === 'P' ? first : second) ?? '';
      if (['', 'p', 'X'].includes(type)) {
        upstream.write(message);
        continue;
      }
      statement.push(message);
      if (type !== 'Q' && type !== 'S') continue;
      on(Buffer.concat(statement), text);
      statement = [];
    }
  });
}
