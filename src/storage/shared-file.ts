/** A file that other programs read: replaced whole, in a folder that is not this program's own. */

import { promises } from 'node:fs';
import { temporaryPath } from './durable-file.js';
import { storageError } from './storage-error.js';

/** What others may read; the umask of whoever starts the program can take from it. */
const MODE = 0o644;

/**
 * Replaces a file whole, so that no reader ever sees a half. The folder, and who may use it, stay as they are.
 *
 * @throws MailError `storage` with the path; the file is then as it was
 */
export async function replaceSharedFile(path: string, text: string): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    const file = await promises.open(temporary, 'wx', MODE);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await promises.rename(temporary, path);
  } catch (error) {
    await promises.rm(temporary, { force: true }).catch(() => undefined);
    throw storageError(error, path, 'written');
  }
}
