/** Other versions of Node.js: their binaries, from the npm package `node`, kept in build/nodes between runs. */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runNpm } from './npm.js';

/** The promised versions: the oldest that still runs on practices' computers, and every line that is maintained. */
export const NODE_VERSIONS = ['20.17.0', '22', '24', '26'] as const;

/**
 * The executable of a version, installed first if necessary.
 *
 * @throws Error if the registry can't be reached or has no build for this computer
 */
export async function nodeOf(version: (typeof NODE_VERSIONS)[number]): Promise<string> {
  const folder = fileURLToPath(new URL(`../../build/nodes/${version}/`, import.meta.url));
  const path = `${folder}node_modules/node/bin/node${process.platform === 'win32' ? '.exe' : ''}`;
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true });
    // The package's own script installs the right binary for this computer.
    const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', `node@${version}`];
    await runNpm(args, folder);
  }
  return path;
}
