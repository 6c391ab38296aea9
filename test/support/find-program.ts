/** Where a program of the system is. */

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of a program, or undefined. Debian keeps servers outside the PATH of ordinary users. */
export function findProgram(program: string): string | undefined {
  if (program.startsWith('/')) return isExecutable(program) ? program : undefined;
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
