/** A file that a person names for output: rewritten whole, private to them, and renamed into place. */

import { lstatSync, promises, type Stats } from 'node:fs';
import { MailError } from '../errors.js';
import { temporaryPath, writeNewFile } from './durable-file.js';
import { storageError } from './storage-error.js';
import { untilFree } from './until-free.js';

interface Naming {
  /** The option, as it starts the error message. */
  readonly option: string;
  /** False: an existing file is refused, and stays. */
  readonly mayReplace?: boolean;
}

/**
 * Makes sure, before any work is done, that a file can be written. The attempt leaves nothing behind.
 *
 * @throws MailError `usage` as `refuseUnfit`; `storage`
 */
export async function tryNamedFile(path: string, naming: Naming): Promise<void> {
  await place(path, '', naming, (temporary) => promises.rm(temporary));
}

/** Anyone who reads it sees what was there before, or all of the content. @throws as `tryNamedFile` */
export async function writeNamedFile(
  path: string,
  content: string | Uint8Array,
  naming: Naming,
): Promise<void> {
  await place(path, content, naming, (temporary) =>
    untilFree(() => promises.rename(temporary, path)),
  );
}

async function place(
  path: string,
  content: string | Uint8Array,
  naming: Naming,
  put: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryPath(path);
  try {
    refuseUnfit(path, naming);
    await writeNewFile(temporary, content);
    refuseUnfit(path, naming);
    await put(temporary);
  } catch (error) {
    await promises.rm(temporary, { force: true }).catch(() => undefined);
    throw storageError(error, path, 'written');
  }
}

/**
 * A link may have been put there by someone else, to have another file replaced.
 *
 * @throws MailError `usage` for a link, and for anything else that is not a plain file or may not be replaced
 */
export function refuseUnfit(path: string, { option, mayReplace = true }: Naming): void {
  const found = statOrNull(path);
  if (found === null || (found.isFile() && mayReplace)) return;
  const what = found.isSymbolicLink()
    ? 'is a link to another file'
    : found.isDirectory()
      ? 'is a folder'
      : found.isFile()
        ? 'is there already'
        : 'is not an ordinary file';
  throw new MailError(
    'usage',
    `${option}: ${path} ${what}.`,
    'It was left as it is. Name another file.',
  );
}

/** Null as well if it can't be read: the attempt to write will say why. */
function statOrNull(path: string): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}
