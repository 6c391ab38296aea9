/** A file of lines that is only ever added to: each line flushed, private to the user, whole or left out. */

import { constants, promises } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { flushFolder } from './durable-file.js';
import { refuseOthers } from './ownership.js';
import { ensurePrivateFolder } from './private-folder.js';
import { errnoOf, storageError } from './storage-error.js';

const PRIVATE_FILE = 0o600;
const NEWLINE = 0x0a;

/** Of each file, the lines that wait while others are being written. */
const waiting = new Map<string, { readonly lines: string[]; readonly written: Promise<void> }>();
/** Of each file, the last writing: the next one begins after it. */
const last = new Map<string, Promise<void>>();

/**
 * Adds lines to the end of a file, which is made if it is missing. What is added while other lines of this process
 * are on their way goes together, with one flush: many sites at once share it.
 *
 * @throws MailError `storage` with the path
 */
export function appendLinesDurably(path: string, lines: readonly string[]): Promise<void> {
  const joined = waiting.get(path);
  if (joined !== undefined) {
    joined.lines.push(...lines);
    return joined.written;
  }
  const mine = [...lines];
  const before = last.get(path) ?? Promise.resolve();
  const written = before
    .catch(() => undefined)
    .then(() => {
      waiting.delete(path);
      return append(path, mine);
    });
  waiting.set(path, { lines: mine, written });
  last.set(path, written);
  return written;
}

/**
 * Adds lines to the end of a file, which is made if it is missing. They are written in one piece at the end,
 * wherever that is by then (O_APPEND), so runs at once do not mix theirs. A last line that a power cut or a full
 * disk left torn is ended first: it stays what it is, and spoils no other.
 *
 * @throws MailError `storage` with the path
 */
async function append(path: string, lines: readonly string[]): Promise<void> {
  const { O_APPEND, O_CREAT, O_RDWR, O_NOFOLLOW = 0 } = constants;
  try {
    await ensurePrivateFolder(dirname(path));
    const isNew = (await promises.stat(path).catch(() => null)) === null;
    const file = await promises.open(path, O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW, PRIVATE_FILE);
    try {
      refuseOthers(path, await file.stat());
      const data = Buffer.from(`${lines.join('\n')}\n`);
      const whole = (await isTorn(file)) ? Buffer.concat([Buffer.from('\n'), data]) : data;
      const { bytesWritten } = await file.write(whole);
      if (bytesWritten !== whole.length) throw Object.assign(new Error(), { code: 'ENOSPC' });
      await file.sync();
    } finally {
      await file.close();
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

async function isTorn(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return false;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== NEWLINE;
}
