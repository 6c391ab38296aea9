/** A file of lines that is only ever appended to: each line flushed, private to the user, whole or left out. */

import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  promises,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { flush, flushFolder, isThere, READ } from './durable-file.js';
import { refuseOthers } from './ownership.js';
import { ensurePrivateFolder, requirePrivateFolder } from './private-folder.js';
import { sharedTurns } from './shared-turn.js';
import { errnoOf, storageError } from './storage-error.js';
import { untilFree } from './until-free.js';

const PRIVATE_FILE = 0o600;
const NEWLINE = 0x0a;

/** For each file, the lines that wait while others are being written. */
const waiting = new Map<string, string[]>();

/**
 * Appends lines to a file, which is created if missing. Lines added while others of this process are being written go
 * out together, with one flush: many sites at once share it.
 *
 * @throws MailError `storage` with the path
 */
export function appendLinesDurably(path: string, lines: readonly string[]): Promise<void> {
  const together = waiting.get(path) ?? [];
  together.push(...lines);
  waiting.set(path, together);
  return appending(path);
}

const appending = sharedTurns(async (path) => {
  const lines = waiting.get(path) ?? [];
  waiting.delete(path);
  await append(path, lines);
});

/**
 * Appends lines to a file, which is created if missing. They are written in one piece at the end, wherever that is by
 * then (O_APPEND), so that concurrent runs do not mix theirs. A last line torn by a power cut or a full disk is ended
 * first: it stays as it is, and spoils no other. What does not wait for the disk is done synchronously: that is quicker
 * than handing it to another thread.
 *
 * @throws MailError `storage` with the path
 */
async function append(path: string, lines: readonly string[]): Promise<void> {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW = 0 } = constants;
  try {
    await ensurePrivateFolder(dirname(path));
    const isNew = !isThere(path);
    const flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW;
    const file = await untilFree(() => openSync(path, flags, PRIVATE_FILE));
    try {
      const found = fstatSync(file);
      refuseOthers(path, found);
      const data = Buffer.from(`${lines.join('\n')}\n`);
      const whole = isTorn(file, found) ? Buffer.concat([Buffer.from('\n'), data]) : data;
      if (writeSync(file, whole) !== whole.length) {
        throw Object.assign(new Error(), { code: 'ENOSPC' });
      }
      await flush(file);
    } finally {
      closeSync(file);
    }
    if (isNew) await flushFolder(dirname(path));
  } catch (error) {
    throw storageError(error, path, 'written');
  }
}

export interface Line {
  readonly text: string;
  /** Where it starts, in bytes. */
  readonly start: number;
}

/**
 * The lines of such a file, one after another; none if there is no file.
 *
 * @param from where to start, in bytes
 * @throws MailError `storage` with the path
 */
export async function* readLines(path: string, from = 0): AsyncGenerator<Line> {
  try {
    const file = await untilFree(() => promises.open(path, READ));
    try {
      requirePrivateFolder(dirname(path));
      refuseOthers(path, await file.stat());
      let start = from;
      for await (const text of file.readLines({ encoding: 'utf8', start })) {
        yield { text, start };
        start += Buffer.byteLength(text) + 1;
      }
    } finally {
      await file.close().catch(() => undefined);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    throw storageError(error, path, 'read');
  }
}

function isTorn(file: number, { size }: Pick<Stats, 'size'>): boolean {
  if (size === 0) return false;
  const end = Buffer.alloc(1);
  readSync(file, end, 0, 1, size - 1);
  return end[0] !== NEWLINE;
}
