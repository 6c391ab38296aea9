/** Finds the system's programs. */

import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Debian keeps each version's servers in a separate folder. */
const POSTGRES = '/usr/lib/postgresql';

/** The path of a program, or undefined. Debian keeps servers outside the PATH of ordinary users. */
export function findProgram(program: string): string | undefined {
  if (program.startsWith('/')) return isExecutable(program) ? program : undefined;
  const folders = [
    ...[...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'],
    ...serversOf(POSTGRES),
  ];
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

/** Newest first. */
function serversOf(folder: string): string[] {
  try {
    const versions = readdirSync(folder).sort((one, other) => Number(other) - Number(one));
    return versions.map((version) => join(folder, version, 'bin'));
  } catch {
    return [];
  }
}
