/** A file of lines that is only ever added to: each line flushed, private to the user, whole or left out. */

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
import { flush, flushFolder, isThere } from './durable-file.js';
import { refuseOthers } from './ownership.js';
import { ensurePrivateFolder } from './private-folder.js';
import { sharedTurns } from './shared-turn.js';
import { errnoOf, storageError } from './storage-error.js';

const PRIVATE_FILE = 0o600;
const NEWLINE = 0x0a;

/** Of each file, the lines that wait while others are being written. */
const waiting = new Map<string, string[]>();

/**
 * Adds lines to the end of a file, which is made if it is missing. What is added while other lines of this process
 * are on their way goes together, with one flush: many sites at once share it.
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
 * Adds lines to the end of a file, which is made if it is missing. They are written in one piece at the end,
 * wherever that is by then (O_APPEND), so runs at once do not mix theirs. A last line that a power cut or a full
 * disk left torn is ended first: it stays what it is, and spoils no other. What does not wait for the disk is done at
 * one go: that is quicker than handing it to another thread.
 *
 * @throws MailError `storage` with the path
 */
async function append(path: string, lines: readonly string[]): Promise<void> {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW = 0 } = constants;
  try {
    await ensurePrivateFolder(dirname(path));
    const isNew = !isThere(path);
    const file = openSync(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, PRIVATE_FILE);
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

/**
 * The lines of such a file, one after another; none where there is no file.
 *
 * @throws MailError `storage` with the path
 */
export async function* readLines(path: string): AsyncGenerator<string> {
  try {
    const file = await promises.open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    try {
      refuseOthers(dirname(path), await promises.stat(dirname(path)));
      refuseOthers(path, await file.stat());
      for await (const line of file.readLines({ encoding: 'utf8' })) yield line;
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
