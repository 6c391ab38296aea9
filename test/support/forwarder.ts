/**
 * A connection to a PostgreSQL that can be cut at any statement: before it arrives, after it was executed but before
 * its result comes back, or so that it arrives late, when nobody waits for it any more.
 */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** What happens to a statement. Except for the first, the client's connection ends. */
export type Fate = 'passes' | 'never-arrives' | 'loses-its-answer' | 'arrives-late';

/** One computer's connection to the server. */
export interface Forwarder {
  readonly port: number;
  /** Decides what happens to a statement, by its text. */
  fate: (statement: string) => Fate;
  /** Goes away for a while: connections end, and no new ones are accepted. What was late still arrives. */
  goAway(ms: number): void;
  /** Leads to another server from now on; connections are cut, and late statements are dropped. */
  leadTo(port: number): void;
  /** Lets late statements arrive; resolves once the server has answered and noticed that nobody is there. */
  letArrive(): Promise<void>;
  close(): Promise<void>;
}

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
    /** Sends a statement without a client; the connection to the server ends once it has answered. */
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

/** Passes on each complete statement with its text; what precedes the first one, and goodbyes, pass unchanged. */
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
