/** Reads a file of sites that a person names, or standard input. */

import { open } from 'node:fs/promises';
import { interrupted, MailError } from '../errors.js';
import { type RowFile, readRows, SITE_FILE_MAX } from '../formats/rows.js';
import { errnoOf, storageError } from '../storage/storage-error.js';
import type { World } from './world.js';

/** @param path `-` for standard input @throws MailError `invalid-settings`, `storage`, `interrupted` */
export async function readSiteFile(world: World, path: string): Promise<RowFile> {
  const { stdin } = world.streams;
  return readRows(path === '-' ? await collected(world, stdin) : await readFile(world, path));
}

async function readFile(world: World, path: string): Promise<Buffer> {
  try {
    const file = await open(path);
    try {
      return await collected(world, file.createReadStream({ autoClose: false }));
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

/** All of it; or, if it is too large, enough to show that it is. */
async function collected({ signal }: World, stream: AsyncIterable<Buffer>): Promise<Buffer> {
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
