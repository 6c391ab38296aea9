/** Kits for tests: built by the tool itself, and unpacked as a person would do it. */

import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type Entry,
  type FileEntry,
  Uint8ArrayReader,
  Uint8ArrayWriter,
  ZipReader,
} from '@zip.js/zip.js';
import type { Platform } from '../../tools/kit-node.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Those built by this process: a build takes a while. */
const built = new Map<Platform, Promise<string>>();

/** The path of the ZIP file of a kit, built at most once per platform. */
export function kitFor(platform: Platform): Promise<string> {
  const kit = built.get(platform) ?? buildKit(platform);
  built.set(platform, kit);
  return kit;
}

/** Builds a kit, replacing an existing one. */
export async function buildKit(platform: Platform, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['build/tools/kit.js', '--platform', platform],
    { cwd: ROOT, env: { ...process.env, ...env } },
  );
  const [, path = ''] = /^(build\/kit\/.*\.zip): /m.exec(stdout) ?? [];
  return join(ROOT, path);
}

/** The entries of a ZIP file. */
export async function entriesOf(zip: string): Promise<FileEntry[]> {
  const reader = new ZipReader(new Uint8ArrayReader(await readFile(zip)), { useWebWorkers: false });
  return (await reader.getEntries()).filter((entry: Entry) => !entry.directory) as FileEntry[];
}

export async function contentOf(entry: FileEntry): Promise<Buffer> {
  return Buffer.from(await entry.getData(new Uint8ArrayWriter()));
}

export async function unpack(zip: string, folder: string): Promise<void> {
  for (const entry of await entriesOf(zip)) {
    const path = join(folder, entry.filename);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, await contentOf(entry));
    await chmod(path, (entry.externalFileAttributes >>> 16) & 0o777 || 0o644);
  }
}
