/**
 * The Node.js of a kit: from npm, the same version for all systems, and byte for byte the one in tools/kit-node.json.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The systems that kits are made for. */
export const PLATFORMS = [
  'win-x64',
  'win-arm64',
  'darwin-arm64',
  'darwin-x64',
  'linux-x64',
] as const;
export type Platform = (typeof PLATFORMS)[number];

interface NodeLock {
  readonly version: string;
  readonly packages: Readonly<
    Record<Platform, { readonly name: string; readonly integrity: string }>
  >;
}

/** Packages are kept here once fetched. */
const FOLDER = 'build/kit-node';

const lock = JSON.parse(readFileSync('tools/kit-node.json', 'utf8')) as NodeLock;

export const NODE_VERSION = lock.version;

/** The executable, as signed by its makers. */
export function nodeFor(platform: Platform): Buffer {
  return fileOf(platform, platform.startsWith('win-') ? 'bin/node.exe' : 'bin/node');
}

/** Of the same version; the packages for Windows contain only the executable. */
export function nodeLicence(): Buffer {
  return fileOf('linux-x64', 'LICENSE');
}

/** The package, as an SBOM names it. */
export function nodePackage(platform: Platform): {
  readonly name: string;
  readonly integrity: string;
} {
  return lock.packages[platform];
}

/** @throws Error for a package that does not match the lock file */
function fileOf(platform: Platform, path: string): Buffer {
  const { name, integrity } = lock.packages[platform];
  const archive = join(FOLDER, `${name}-${lock.version}.tgz`);
  if (!existsSync(archive)) {
    mkdirSync(FOLDER, { recursive: true });
    const args = ['pack', `${name}@${lock.version}`, '--pack-destination', FOLDER, '--silent'];
    // On Windows npm is a script, which only a shell can start.
    execFileSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' });
  }
  const found = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (`sha512-${found}` !== integrity)
    throw new Error(`${archive} is not that of tools/kit-node.json`);
  // Windows 10 and newer have tar as well.
  return execFileSync('tar', ['-xzOf', archive, `package/${path}`], { maxBuffer: 2 ** 28 });
}
