/** A fingerprint of a folder: every name, content, mode and time in it, so that any change shows. */

import { createHash } from 'node:crypto';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Path by path; the same twice if nothing was written in between. */
export async function folderPrint(folder: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(folder, { recursive: true });
  const paths = [folder, ...entries.sort().map((entry) => join(folder, entry))];
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await print(path)])),
  );
}

async function print(path: string): Promise<string> {
  const found = await lstat(path, { bigint: true });
  const content = found.isFile()
    ? createHash('sha256')
        .update(await readFile(path))
        .digest('hex')
    : 'folder';
  return [content, found.mode, found.mtimeNs, found.ctimeNs, found.ino].join(' ');
}
