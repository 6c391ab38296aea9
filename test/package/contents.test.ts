/** What `npm pack` puts into the package: these files, no more, and how large they are together. */

import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from '@jest/globals';
import { runNpm } from '../support/npm.js';

/** Unpacked, in bytes. The keychain’s machine code comes with the package that is installed beside it. */
const BUDGET = 4_000_000;

/** What each run reads before it knows its command, in bytes. What parses a command line is not in it. */
const START_BUDGET = 25_000;

/** Everything outside dist/ and docs/. */
const NAMED = [
  ...['CHANGELOG.md', 'CONTRIBUTING.md', 'LICENSE', 'README.md', 'SECURITY.md', 'package.json'],
  ...['bin/package.json', 'bin/writeupp-mail.js'],
];
/** In dist/: the bundle, and what lies beside it. Source maps are kept elsewhere. */
const IN_DIST =
  /^dist\/(?:[\w.-]+\.js|fs-native-extensions-[\w-]+\.node|package\.json|THIRD-PARTY-NOTICES\.txt|xdg-open)$/;
const IN_DOCS = /^docs\/(?:[\w.-]+\.(?:md|json|svg|1)|(?:nightly-check|relay)\/[\w-]+\.\w+)$/;

interface Packed {
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly mode: number }[];
}

const root = fileURLToPath(new URL('../../', import.meta.url));
let packed: Packed;

beforeAll(async () => {
  const text = await runNpm(['pack', '--dry-run', '--json', '--ignore-scripts'], root);
  [packed] = JSON.parse(text) as [Packed];
});

test('holds the program, its papers and its licences, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  const others = paths.filter((path) => !IN_DIST.test(path) && !IN_DOCS.test(path));
  expect(others.sort()).toEqual([...NAMED].sort());
  for (const path of ['writeupp-mail.js', 'keychain-worker.js', 'package.json', 'xdg-open']) {
    expect(paths).toContain(`dist/${path}`);
  }
  expect(paths.filter((path) => IN_DOCS.test(path)).length).toBeGreaterThan(0);
});

test('is small', () => {
  expect(packed.unpackedSize).toBeLessThan(BUDGET);
});

test('lets the scripts in it run', () => {
  const scripts = packed.files.filter(({ path }) => /^(?:bin\/.*\.js|dist\/xdg-open)$/.test(path));
  expect(scripts.map(({ mode }) => mode & 0o111)).toEqual([0o111, 0o111]);
});

test('installs nothing beside it but the keychain’s machine code: the rest is in the bundle', () => {
  const { dependencies, devDependencies } = JSON.parse(
    readFileSync(`${root}package.json`, 'utf8'),
  ) as Readonly<Record<string, Readonly<Record<string, string>>>>;
  expect(Object.keys(dependencies ?? {})).toEqual(['keytar']);
  const wanted = ['commander', 'googleapis', 'google-auth-library', 'inquirer', 'keytar', 'open'];
  const all = { ...dependencies, ...devDependencies };
  expect([...wanted, 'chalk', 'nodemailer'].filter((name) => !(name in all))).toEqual([]);
});

test('locks files on every system that it is for', () => {
  const locks = packed.files.flatMap(
    ({ path }) => /extensions-([\w-]+)\.node$/.exec(path)?.[1] ?? [],
  );
  const systems = ['darwin', 'linux', 'win32'].flatMap((name) => [`${name}-arm64`, `${name}-x64`]);
  expect(locks.sort()).toEqual(systems);
});

test('starts without what only some commands need', () => {
  const loads = (file: string): string[] =>
    [
      ...readFileSync(`${root}dist/${file}`, 'utf8').matchAll(
        /(?<!=>)require\([`"]\.\/([\w.-]+)[`"]\)/g,
      ),
    ].map(([, name = '']) => name);
  const loaded = new Set(['start.js']);
  for (const file of loaded) for (const name of loads(file)) loaded.add(name);
  expect(loaded.size).toBeGreaterThan(2);
  const size = [...loaded].reduce((sum, file) => sum + statSync(`${root}dist/${file}`).size, 0);
  expect(size).toBeLessThan(START_BUDGET);
});
