/** Reads a file of sites that a person names, or standard input. */

import { open } from 'node:fs/promises';
import type { Context } from '../context/context.js';
import { interrupted, MailError } from '../errors.js';
import type { PlanPorts } from '../many/plan-import.js';
import { type RowFile, readRows, SITE_FILE_MAX } from '../many/rows.js';
import { requireSameStore, smtpPassword } from '../sites/secrets.js';
import { errnoOf, storageError } from '../storage/storage-error.js';

/** @param path `-` for standard input @throws MailError `invalid-settings`, `storage`, `interrupted` */
export async function readSiteFile(context: Context, path: string): Promise<RowFile> {
  const { stdin } = context.streams;
  return readRows(path === '-' ? await collected(context, stdin) : await readFile(context, path));
}

async function readFile(context: Context, path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      return await collected(context, file.createReadStream({ autoClose: false }));
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

/** All of it; of what is too large, as much as shows that it is. */
async function collected({ signal }: Context, stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    if (signal.aborted) throw interrupted();
    chunks.push(chunk);
    size += chunk.length;
    if (size > SITE_FILE_MAX) break;
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
