/** Who may import whom: the map of src/, held against every import in it. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { FIRST, ON_A_SITE, RECORDS } from '../tools/start-up-groups.js';

const ROOT = fileURLToPath(new URL('../src/', import.meta.url));

/** One import: of a file of ours by its path below src/, or of a package by its name. */
interface Import {
  readonly from: string;
  readonly to: string;
  readonly isPackage: boolean;
  /** `import type`: gone when the program runs. */
  readonly isType: boolean;
  /** `await import(…)`: loaded only when it is needed. */
  readonly isDynamic: boolean;
}

const files = readdirSync(ROOT, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.ts'),
);
const imports = files.flatMap(importsOf);
const staticImports = imports.filter(({ isType, isDynamic }) => !isType && !isDynamic);

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const statements = [
    ...text.matchAll(
      /^(?:import|export)\s+(?<type>type\s+)?(?:[\w*{][^'"`;]*?\s+from\s+)?['"](?<target>[^'"]+)['"]/gm,
    ),
    ...text.matchAll(/\b(?<dynamic>import|require)\(\s*['"](?<target>[^'"]+)['"]/g),
  ];
  return statements.flatMap(({ groups = {} }) => {
    const { type, dynamic, target = '' } = groups as Readonly<Record<string, string | undefined>>;
    if (target.startsWith('node:')) return [];
    const isPackage = !target.startsWith('.');
    const to = isPackage
      ? target
          .split('/')
          .slice(0, target.startsWith('@') ? 2 : 1)
          .join('/')
      : relative(ROOT, join(ROOT, dirname(file), target)).replace(/\.js$/, '.ts');
    const [isType, isDynamic] = [type !== undefined, dynamic !== undefined];
    return [{ from: file, to, isPackage, isType, isDynamic }];
  });
}

/** The folder of a file, or the file itself where it stands in src/. */
function partOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '');
}

const show = ({ from, to }: Import) => `${from} -> ${to}`;

/**
 * The floors of src/, from top to bottom: a folder may import itself and what stands on a lower floor. Those on one
 * floor don't know each other.
 */
const FLOORS: readonly (readonly string[])[] = [
  // What a double-click in a kit opens is a program of its own.
  ['app', 'kit-window'],
  // The chapters: the groups of the help.
  ['switch', 'look', 'practices', 'send', 'doctor'],
  // What chapters share.
  ['checks'],
  ['kit'],
  ['show', 'steps', 'formats'],
  // The base.
  ['sign-in', 'stores'],
  ['connection', 'delivery'],
  ['mail'],
  ['sites'],
  ['credentials', 'google', 'terminal'],
  ['storage'],
  ['text'],
  ['errors', 'tls-errors', 'version'],
];

const floorOf = (part: string) => FLOORS.findIndex((floor) => floor.includes(part));

describe('every import', () => {
  test('is of this folder, or of one on a lower floor', () => {
    const wrong = imports.filter(({ from, to, isPackage }) => {
      const [one, other] = [partOf(from), partOf(to)];
      return !isPackage && one !== other && floorOf(other) <= floorOf(one);
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('stands on a floor: none of src/ is missing there, and none is made up', () => {
    const parts = [...new Set(files.map(partOf))].sort();
    expect(FLOORS.flat().sort()).toEqual(parts);
  });

  test('of one file leads back to it by no way', () => {
    expect(findCycle()).toBeNull();
  });
});

describe('above the line', () => {
  const reach = (target: string) =>
    [...new Set(imports.filter(({ to }) => partOf(to) === target).map(({ from }) => partOf(from)))]
      .filter((part) => part !== target)
      .sort();

  test('only the app and the chapters, and the checks that they share, know the world', () => {
    expect(reach('kit')).toEqual([
      'app',
      'checks',
      'doctor',
      'look',
      'practices',
      'send',
      'switch',
    ]);
  });

  test.each(['sites', 'mail', 'credentials', 'stores'])('%s knows nothing of Google', (part) => {
    const wrong = imports.filter(
      ({ from, to }) => partOf(from) === part && partOf(to) === 'google',
    );
    expect(wrong.map(show)).toEqual([]);
  });
});

describe('one door to a site', () => {
  const texts = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));
  const filesWith = (what: RegExp) =>
    [...texts].flatMap(([file, text]) => (what.test(text) ? [file] : [])).sort();
  const importers = (name: string) =>
    filesWith(new RegExp(`^import (?!type)[^;]*\\b(?<!type )${name}\\b[^;]* from`, 'm'));

  test.each<[what: string, name: string, only: readonly string[]]>([
    ['holds a site', 'HeldSite', ['sites/hold.ts', 'sites/move-site.ts']],
    [
      'puts a record into words',
      'serialiseSite',
      ['stores/files/file-site-store.ts', 'stores/postgres/postgres-site-store.ts'],
    ],
    ['seals a secret', 'sealed', ['sites/held-secrets.ts']],
    ['changes a held record', 'HeldRecord', ['sites/held-site.ts']],
    ['changes a held secret', 'HeldSecrets', ['sites/held-site.ts']],
    ['issues a warrant', 'issueWarrant', ['steps/proof.ts']],
    ['takes the word of a person for one', 'confirmByPerson', ['switch/revert-smtp.ts']],
  ])('no other file %s', (_what, name, only) => {
    expect(importers(name)).toEqual(only);
  });

  test('no other file claims a site, or changes a record', () => {
    expect(filesWith(/\b(?:store|sites)\.claim\(/)).toEqual([
      'sites/hold.ts',
      'sites/move-site.ts',
    ]);
    expect(filesWith(/\b[cC]laim\.apply\(/)).toEqual([
      'sites/held-record.ts',
      'sites/hold.ts',
      'sites/move-site.ts',
    ]);
  });

  test('no other file can change a secret: all else sees a store of secrets that is read', () => {
    const whole = /\bCredentialStore\b(?!['"]|\[)/;
    const narrowed = /Pick<CredentialStore,[^>]*>/g;
    const found = [...texts].flatMap(([file, text]) =>
      whole.test(text.replace(/^import [^;]*;$/gm, '').replace(narrowed, '')) ? [file] : [],
    );
    expect(found.filter((file) => partOf(file) !== 'credentials').sort()).toEqual([
      'kit/place.ts',
      'sites/held-secrets.ts',
      'sites/held-site.ts',
      'sites/hold.ts',
      'sites/move-site.ts',
      'sites/service-keys.ts',
    ]);
  });
});

describe('each outside package is known in one place', () => {
  const HOME: Readonly<Record<string, readonly string[]>> = {
    commander: ['app', 'kit', 'switch', 'look', 'practices', 'send', 'doctor'],
    inquirer: ['terminal'],
    chalk: ['terminal'],
    ora: ['terminal'],
    'wrap-ansi': ['text'],
    tldts: ['delivery'],
    open: ['sign-in'],
    googleapis: ['google'],
    'google-auth-library': ['google'],
    keytar: ['credentials'],
    'age-encryption': ['credentials'],
    '@scure/base': ['credentials'],
    nodemailer: ['mail'],
    'env-paths': ['kit'],
    pg: ['stores'],
    'csv-parse': ['formats'],
    'pg-connection-string': ['stores'],
    'fs-native-extensions': ['storage'],
    '@zip.js/zip.js': ['practices'],
  };
  /** Checks the shape of what comes from outside: wherever something does. */
  const EVERYWHERE = ['valibot'];

  const used = new Map<string, Set<string>>();
  for (const { from, to, isPackage } of imports) {
    if (isPackage) used.set(to, (used.get(to) ?? new Set()).add(partOf(from)));
  }

  test.each([...used.keys()].filter((name) => !EVERYWHERE.includes(name)).sort())('%s', (name) => {
    expect(HOME[name]).toBeDefined();
    for (const part of used.get(name) ?? []) expect(HOME[name]).toContain(part);
  });
});

test('each pattern of the bundle’s groups matches a file', () => {
  const root = fileURLToPath(new URL('../', import.meta.url));
  const ours = files.map((file) => `src/${file}`);
  const packages = readdirSync(join(root, 'node_modules')).map((name) => `node_modules/${name}/`);
  for (const pattern of [...FIRST, ...RECORDS, ...ON_A_SITE]) {
    const isIt = new RegExp(`^(?:${pattern})`);
    expect([pattern, [...ours, ...packages].some((path) => isIt.test(path))]).toEqual([
      pattern,
      true,
    ]);
  }
});

/** The slow packages, which most commands never need: `--help` must be quick, and work without libsecret. */
test.each([
  ...['keytar', 'googleapis', 'inquirer', 'nodemailer', 'age-encryption', 'open'],
  'fs-native-extensions',
])('%s is not loaded by starting the program', (name) => {
  const loaded = loadedWith('app/start.ts');
  const wrong = staticImports.filter(({ from, to }) => to === name && loaded.has(from));
  expect(wrong.map(show)).toEqual([]);
});

test('what --json writes is known to the program by its types alone: a start loads no schema of it', () => {
  const wrong = imports.filter(({ to, isType }) => to === 'terminal/events.ts' && !isType);
  expect(wrong.map(show)).toEqual([]);
});

/** Commands that only read what is on record, as people and scripts do many times a day. */
test.each(['look/status.ts', 'kit/world.ts', 'stores/files/file-site-store.ts'])(
  '%s loads nothing slow',
  (file) => {
    const loaded = loadedWith(file);
    const quick = ['commander', 'chalk', 'valibot', 'env-paths'];
    const wrong = staticImports.filter(
      ({ from, to, isPackage }) => loaded.has(from) && isPackage && !quick.includes(to),
    );
    expect(wrong.map(show)).toEqual([]);
  },
);

/** Every file that is loaded with one, and so before it does anything. */
function loadedWith(first: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const load = (file: string) => {
    if (loaded.has(file)) return;
    loaded.add(file);
    for (const { from, to, isPackage } of staticImports) {
      if (from === file && !isPackage) load(to);
    }
  };
  load(first);
  return loaded;
}

/** A chain of imports that comes back to its start, or null. Types count: they tie files together as well. */
function findCycle(): string | null {
  const done = new Set<string>();
  const walk = (file: string, way: readonly string[]): string | null => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file].join(' -> ');
    if (done.has(file)) return null;
    for (const { from, to, isPackage } of imports) {
      if (from !== file || isPackage) continue;
      const found = walk(to, [...way, file]);
      if (found !== null) return found;
    }
    done.add(file);
    return null;
  };
  for (const file of files) {
    const found = walk(file, []);
    if (found !== null) return found;
  }
  return null;
}
