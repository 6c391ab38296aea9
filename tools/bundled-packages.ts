/**
 * Which third-party packages are in the bundle: read from the bundle itself, for its notices, its SBOM and its tests.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A package with code in the bundle. */
export interface BundledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX. */
  readonly license: string;
  /** The text of its licence, as included in the package. */
  readonly licenseText: string;
}

/** The part of a module's path that names the folder of its package; the innermost one if they are nested. */
const PACKAGE_FOLDER = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/;

/**
 * The packages that modules come from, by name.
 *
 * @param modules absolute paths; those outside any package are ours
 * @throws Error for a package without a name, a version or a licence
 */
export function packagesOf(modules: Iterable<string>): BundledPackage[] {
  const folders = new Set<string>();
  for (const module of modules) {
    const [folder] = PACKAGE_FOLDER.exec(module.replace(/^\0/, '')) ?? [];
    if (folder !== undefined) folders.add(folder);
  }
  // The same version may be in two folders.
  const byName = new Map<string, BundledPackage>();
  for (const folder of folders) {
    const item = readPackage(folder);
    byName.set(`${item.name} ${item.version}`, item);
  }
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, item]) => item);
}

function readPackage(folder: string): BundledPackage {
  const { name, version, license } = JSON.parse(
    readFileSync(join(folder, 'package.json'), 'utf8'),
  ) as Partial<Readonly<Record<string, string>>>;
  if (name === undefined || version === undefined || license === undefined) {
    throw new Error(`${folder}/package.json has no name, version or licence`);
  }
  return { name, version, license, licenseText: licenseTextOf(folder) };
}

/** From a separate file or, if it has none, from the end of its readme. */
function licenseTextOf(folder: string): string {
  const names = readdirSync(folder).sort();
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const files = names.filter((name) => /^(?:licen[cs]e|copying|notice)\b/i.test(name));
  if (files.length > 0) return files.map((name) => read(name).trim()).join('\n\n');
  const readme = names.find((name) => /^readme/i.test(name));
  const [, text] =
    /^(?:#+ *)?licen[cs]e\n(?:-+\n)?([\s\S]+)/im.exec(readme === undefined ? '' : read(readme)) ??
    [];
  if (text === undefined) throw new Error(`${folder} carries no licence`);
  return text.trim();
}
