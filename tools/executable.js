/**
 * `npm run executable`: the program and Node.js in one file, for computers without Node.js, by Node.js's own means
 * (`--build-sea`, Node.js 26). It is made for the system and processor that it runs on; the file is
 * build/executable/writeupp-mail (.exe). What it carries, and where it was tried: CONTRIBUTING.md.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

if (Number.parseInt(process.versions.node, 10) < 26) {
  console.error(`Run it with Node.js 26 or newer: this is ${process.version}.`);
  process.exit(2);
}

const system = `${process.platform}-${process.arch}`;
const ID = 'build/executable-id.txt';
/** What each asset is called, and the file that it is. */
const assets = {};
for (const file of [
  'package.json',
  ...readdirSync('.').filter((name) => /\.md$|^LICENSE$/.test(name)),
])
  assets[file] = file;
for (const folder of ['bin', 'dist', 'docs']) {
  for (const file of filesOf(folder)) if (isShipped(file)) assets[file] = file;
}
for (const folder of installedPackages()) {
  for (const file of filesOf(folder)) if (isNeeded(file)) assets[file] = file;
}
const licence = ['.', '..']
  .map((up) => join(dirname(process.execPath), up, 'LICENSE'))
  .find(existsSync);
if (licence === undefined) console.error('Node.js’s own licence is not beside it: hand it on too.');
else assets['NODE-LICENSE'] = licence;
writeFileSync(ID, idOf(assets));
assets.id = ID;

mkdirSync('build/executable', { recursive: true });
const suffix = process.platform === 'win32' ? '.exe' : '';
writeFileSync(
  'build/executable.json',
  JSON.stringify({
    main: 'tools/executable-main.cjs',
    output: `build/executable/writeupp-mail${suffix}`,
    disableExperimentalSEAWarning: true,
    assets,
  }),
);
execFileSync(process.execPath, ['--build-sea', 'build/executable.json'], { stdio: 'inherit' });

/** The folders of what package.json's `dependencies` bring. */
function installedPackages() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.keys(packages).filter((path) => path !== '' && packages[path].dev !== true);
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative('.', join(entry.parentPath, entry.name)).split(sep).join('/'));
}

/** Of what is in the package: of the parts in machine code, those for this system. */
function isShipped(file) {
  return file.endsWith('.node') ? file.endsWith(`-${system}.node`) : !file.endsWith('.map');
}

/** Code, licences, and of the parts in machine code those for this system. */
function isNeeded(file) {
  if (file.endsWith('.node')) return file.includes(`prebuilds/${system}/`);
  return /\.(?:c?js|json)$|licen[cs]e/i.test(file);
}

/** One for all that is unpacked: a new version goes into a folder of its own. */
function idOf(files) {
  const hash = createHash('sha256');
  for (const [name, file] of Object.entries(files)) {
    const content = readFileSync(file);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 32);
}
