/**
 * `npm run executable`: the program and Node.js in one file, for computers without Node.js, by Node.js's own means
 * (`--build-sea`, Node.js 26). It is made for the system and processor that it runs on; the file is
 * build/executable/writeupp-mail (.exe). Tried on Linux; on macOS it must be signed before it runs elsewhere.
 */

import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

if (Number.parseInt(process.versions.node, 10) < 26) {
  console.error(`Run it with Node.js 26 or newer: this is ${process.version}.`);
  process.exit(2);
}

const system = `${process.platform}-${process.arch}`;
const files = ['package.json', 'bin/package.json', 'bin/writeupp-mail.js'];
for (const name of readdirSync('dist')) if (!name.endsWith('.map')) files.push(`dist/${name}`);
for (const folder of installedPackages()) files.push(...neededOf(folder));

mkdirSync('build/executable', { recursive: true });
const suffix = process.platform === 'win32' ? '.exe' : '';
writeFileSync(
  'build/executable.json',
  JSON.stringify({
    main: 'tools/executable-main.cjs',
    output: `build/executable/writeupp-mail${suffix}`,
    disableExperimentalSEAWarning: true,
    assets: Object.fromEntries(files.map((file) => [file, file])),
  }),
);
execFileSync(process.execPath, ['--build-sea', 'build/executable.json'], { stdio: 'inherit' });

/** The folders of what package.json's `dependencies` bring. */
function installedPackages() {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  return Object.keys(packages).filter((path) => path !== '' && packages[path].dev !== true);
}

/** Code, licences, and of the parts in machine code those for this system. */
function neededOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative('.', join(entry.parentPath, entry.name)).split(sep).join('/'))
    .filter(
      (file) =>
        /\.(?:c?js|json)$|licen[cs]e/i.test(file) ||
        (file.endsWith('.node') && file.includes(`prebuilds/${system}/`)),
    );
}
