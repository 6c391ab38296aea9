/** Sends hostile bytes to a port of this computer, and tells what came back. */

import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { HOSTILE_REQUESTS, SLOW_REQUESTS, type Target } from './hostile-requests.js';

/** What a request was answered with: a status, or nothing before the connection was closed. */
export type Reply = number | 'dropped' | 'hanging';

/** How often each kind of request got each reply: `kind: reply` to a number. */
export type Tally = Map<string, number>;

/** The longest that a listener may leave a complete request, or silence, waiting, in milliseconds. */
const PATIENCE_MS = 15_000;

/** Sends each kind of request `rounds` times, `width` at once, and gives the replies. */
export async function attack(target: Target, rounds: number, width: number): Promise<Tally> {
  const kinds = Object.entries(HOSTILE_REQUESTS);
  const tally: Tally = new Map();
  let next = 0;
  const worker = async () => {
    while (next < rounds * kinds.length) {
      const index = next;
      next += 1;
      const [kind, make] = kinds[index % kinds.length] ?? [];
      if (kind === undefined || make === undefined) return;
      for (const reply of await exchange(target.port, make(target, index), kind === 'nothing')) {
        const key = `${kind}: ${reply}`;
        tally.set(key, (tally.get(key) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  return tally;
}

/** Sends bytes, and reads until the other side closes. More than one reply: the requests were pipelined. */
export function exchange(port: number, bytes: string | Buffer, end = false): Promise<Reply[]> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = connect(port, '127.0.0.1');
    const settle = (otherwise: Reply) => {
      clearTimeout(timer);
      socket.destroy();
      const text = Buffer.concat(chunks).toString('latin1');
      // Answers of their own, not the "100 Continue" on the way to one (RFC 9110 section 15.2).
      const statuses = [...text.matchAll(/^HTTP\/1\.1 ([2-5]\d\d) /gm)].map(([, code]) =>
        Number(code),
      );
      resolve(
        statuses.length === 0 || otherwise === 'hanging' ? [...statuses, otherwise] : statuses,
      );
    };
    const timer = setTimeout(() => settle('hanging'), PATIENCE_MS);
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => settle('dropped'));
    socket.on('close', () => settle('dropped'));
    if (end) socket.end(bytes);
    else socket.write(bytes);
  });
}

/** Connections that never finish a request. */
export interface Siege {
  /** How many connections were opened so far. */
  opened(): number;
  stop(): void;
}

/** Keeps `width` unfinished requests open at once, in all kinds; a connection that is dropped is made again. */
export function besiege(target: Target, width: number): Siege {
  const kinds = Object.values(SLOW_REQUESTS);
  const open = new Set<Socket>();
  let opened = 0;
  let isOver = false;

  const hold = (place: number) => {
    if (isOver) return;
    const { first, drip } = kinds[place % kinds.length]?.(target) ?? { first: '', drip: '' };
    const socket = connect(target.port, '127.0.0.1');
    opened += 1;
    open.add(socket);
    const dripping = setInterval(() => socket.write(drip), 500);
    socket.on('error', () => undefined);
    // What the listener says to it is read, or its end would never be seen.
    socket.resume();
    if (first !== '') socket.write(first);
    socket.on('close', () => {
      clearInterval(dripping);
      open.delete(socket);
      // A little later: the attacker has no more computers than this one.
      sleep(100).then(() => hold(place));
    });
  };
  for (let place = 0; place < width; place += 1) hold(place);
  return {
    opened: () => opened,
    stop() {
      isOver = true;
      for (const socket of open) socket.destroy();
    },
  };
}
