/** Gives another user of the system what a test made. */

import { execFile } from 'node:child_process';
import { chmod, chown, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Gives a folder and everything in it to a user if root runs the tests; otherwise it stays with whoever runs them. */
export async function giveTo(user: string, folder: string): Promise<void> {
  await chmod(folder, 0o755);
  if (process.getuid?.() !== 0) return;
  const { stdout } = await promisify(execFile)('id', ['-u', user]);
  const give = async (path: string): Promise<void> => {
    await chown(path, Number(stdout), Number(stdout));
    for (const entry of await readdir(path, { withFileTypes: true })) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) await give(inner);
      else if (entry.isFile()) await chown(inner, Number(stdout), Number(stdout));
    }
  };
  await give(folder);
}
