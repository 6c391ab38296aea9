/**
 * `npm run kit -- --platform win-x64`: the program and Node.js in one ZIP file to unpack and double-click, built on any
 * system for any other. Two builds give the same bytes: nothing of this computer, and no time, goes in.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { parseArgs } from 'node:util';
import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from '@zip.js/zip.js';
import {
  NODE_VERSION,
  nodeFor,
  nodeLicence,
  nodePackage,
  PLATFORMS,
  type Platform,
} from './kit-node.js';
import { startersFor } from './kit-starters.js';
import { billOfMaterials } from './sbom.js';

/** Below the folder that a person unpacks into; Windows allows paths of 260 characters in total. */
const PATH_MAX = 60;

/** ZIP files store local time without a zone. */
const DATE = new Date(2026, 0, 1);

interface Entry {
  readonly path: string;
  readonly content: Uint8Array;
  readonly isRun: boolean;
}

const { values } = parseArgs({ options: { platform: { type: 'string', multiple: true } } });
for (const platform of values.platform ?? []) {
  if (!isPlatform(platform)) {
    console.error(`There is no kit for ${platform}. There is one for: ${PLATFORMS.join(', ')}`);
    process.exit(2);
  }
}
if (values.platform === undefined) {
  console.error(`Name a system: npm run kit -- --platform ${PLATFORMS.join('|')}`);
  process.exit(2);
}
const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly version: string;
};
for (const platform of values.platform as Platform[]) {
  const zip = await zipOf(entriesFor(platform));
  const path = `build/kit/writeupp-mail-${version}-${platform}.zip`;
  mkdirSync('build/kit', { recursive: true });
  writeFileSync(path, zip);
  const sum = createHash('sha256').update(zip).digest('hex');
  writeFileSync(`${path}.sha256`, `${sum}  writeupp-mail-${version}-${platform}.zip\n`);
  console.log(
    `${path}: ${(zip.length / 1e6).toFixed(1)} MB, Node.js ${NODE_VERSION}, SHA-256 ${sum}`,
  );
}

function isPlatform(text: string): text is Platform {
  return (PLATFORMS as readonly string[]).includes(text);
}

function entriesFor(platform: Platform): Entry[] {
  const system = platform.replace(/^win-/, 'win32-');
  const papers = readdirSync('.').filter((name) => /\.md$|^LICENSE$/.test(name));
  const shipped = ['bin', 'dist', 'docs']
    .flatMap(filesOf)
    .filter((path) => isShipped(path, system));
  const installed = installedPackages().flatMap((folder) =>
    filesOf(folder).filter((path) => isNeeded(path.slice(folder.length), system)),
  );
  const node = platform.startsWith('win-') ? 'node.exe' : 'node';
  const { name, integrity } = nodePackage(platform);
  const bom = billOfMaterials([{ name, version: NODE_VERSION, license: 'MIT', integrity }]);
  const entries = [
    ...['package.json', ...papers, ...shipped, ...installed].map((path) => ({
      // A package nested in another is also found next to it, where its path is shorter.
      path: `app/${path.replace(/^node_modules\/.*\/node_modules\//, 'node_modules/')}`,
      content: readFileSync(path),
      isRun: path === 'dist/xdg-open',
    })),
    { path: `app/${node}`, content: nodeFor(platform), isRun: true },
    { path: 'app/NODE-LICENSE', content: nodeLicence(), isRun: false },
    { path: 'app/sbom.cdx.json', content: Buffer.from(bom), isRun: false },
    ...startersFor(platform).map(({ path, text, isRun }) => ({
      path,
      content: Buffer.from(text),
      isRun,
    })),
  ];
  const long = entries.filter(({ path }) => path.length > PATH_MAX);
  if (long.length > 0)
    throw new Error(`Too long for a kit: ${long.map(({ path }) => path).join(', ')}`);
  return entries.sort((one, other) => (one.path < other.path ? -1 : 1));
}

/** With zip.js's own code: Node.js's compression differs between its versions and processors. */
async function zipOf(entries: readonly Entry[]): Promise<Uint8Array> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    level: 6,
    useWebWorkers: false,
    useCompressionStream: false,
    extendedTimestamp: false,
    lastModDate: DATE,
  });
  for (const { path, content, isRun } of entries) {
    const reader = new Uint8ArrayReader(content);
    await zip.add(path, reader, { unixMode: isRun ? 0o100755 : 0o100644 });
  }
  return zip.close();
}

/** The folders of everything that `dependencies` in package.json bring in. */
function installedPackages(): string[] {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
  };
  return Object.keys(packages).filter((path) => path !== '' && packages[path]?.dev !== true);
}

function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative('.', join(entry.parentPath, entry.name)).split(sep).join('/'));
}

/** From this package: no source maps, and of the native binaries only those for this system. */
function isShipped(path: string, system: string): boolean {
  return path.endsWith('.node') ? path.endsWith(`-${system}.node`) : !path.endsWith('.map');
}

/** From a package, by the path inside it: code, licences, and of the native binaries only those for this system. */
function isNeeded(path: string, system: string): boolean {
  if (path.endsWith('.node')) return path.startsWith(`/prebuilds/${system}/`);
  return /^\/(?:lib\/.*\.js|package\.json|licen[cs]e\b.*)$/i.test(path);
}
