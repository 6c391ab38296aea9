/** Reads a file of sites that a person names, or standard input. */

import { open } from 'node:fs/promises';
import type { Context } from '../context/context.js';
import { interrupted, MailError } from '../errors.js';
import type { PlanPorts } from '../many/plan-import.js';
import { type RowFile, readRows } from '../many/rows.js';
import { requireSameStore, smtpPassword } from '../sites/secrets.js';
import { errnoOf, storageError } from '../storage/storage-error.js';

/** @param path `-` for standard input @throws MailError `invalid-settings`, `storage`, `interrupted` */
export async function readSiteFile(context: Context, path: string): Promise<RowFile> {
  return readRows(path === '-' ? await readInput(context) : await readFile(path));
}

async function readFile(path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      return await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'ENOENT' && errno !== 'EISDIR') throw storageError(error, path, 'read');
    throw new MailError(
      'invalid-settings',
      errno === 'EISDIR'
        ? `${path} is a folder, and a file is wanted.`
        : `There is no file ${path}.`,
      'Check the name of the file, and the folder that you are in.',
    );
  }
}

async function readInput({ streams, signal }: Context): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of streams.stdin as AsyncIterable<Buffer>) {
    if (signal.aborted) throw interrupted();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** What planning needs of this computer’s stores. */
export async function planPorts(context: Context): Promise<PlanPorts> {
  return {
    store: await context.sites(),
    async passwordOf(site) {
      const credentials = await context.credentials();
      requireSameStore(site, credentials);
      return smtpPassword(site, credentials);
    },
  };
}
