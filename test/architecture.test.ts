/** Who may import whom: the map of src/, held against every import in it. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';

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

/** What every part may use: it knows nothing of the rest. */
const COMMON = ['errors', 'storage', 'words', 'certificate-codes', 'version'];

/** Each part, and the parts below it. A part may import itself, what stands here, and what is common. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  app: ['commands', 'command-kit', 'context', 'terminal', 'message'],
  commands: [
    'delivery',
    'doctor',
    'many',
    ...['command-kit', 'migration', 'outbound', 'connection', 'sign-in', 'message', 'sites'],
    ...['stores', 'credentials', 'google', 'terminal', 'context', 'spool', 'pace'],
  ],
  'command-kit': [
    'delivery',
    'many',
    ...['migration', 'connection', 'sign-in', 'message', 'sites', 'google', 'terminal', 'context'],
  ],
  context: ['delivery', 'google', 'sites', 'stores', 'credentials', 'terminal'],
  // The human report numbers the steps, and so knows their list.
  terminal: ['sites', 'migration'],
  migration: ['connection', 'delivery', 'sign-in', 'message', 'google', 'sites'],
  outbound: ['connection', 'message', 'google', 'sites', 'credentials'],
  connection: ['google', 'message', 'sites', 'credentials'],
  'sign-in': ['google', 'sites'],
  message: ['sites'],
  // Many sites at once: read, planned, carried out.
  many: ['pace', 'sites'],
  pace: [],
  stores: ['sites', 'credentials'],
  doctor: ['google', 'sign-in', 'sites', 'credentials', 'many'],
  spool: ['pace'],
  delivery: ['sites'],
  sites: ['credentials'],
  google: [],
  credentials: [],
  storage: [],
  words: [],
  errors: [],
  'certificate-codes': [],
  version: [],
};

describe('every import', () => {
  test('is of this part, of a part below it, or of what is common to all', () => {
    const wrong = imports.filter(({ from, to, isPackage }) => {
      const [one, other] = [partOf(from), partOf(to)];
      if (isPackage || one === other || COMMON.includes(other)) return false;
      return !(MAY_IMPORT[one] ?? []).includes(other);
    });
    expect(wrong.map(show)).toEqual([]);
  });

  test('stands on the map: no part of src/ is missing there', () => {
    const parts = [...new Set(files.map(partOf))].sort();
    expect(parts).toEqual(Object.keys(MAY_IMPORT).sort());
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

  test('only commands, what they share, and the app know the context', () => {
    expect(reach('context')).toEqual(['app', 'command-kit', 'commands']);
  });

  test('only the app, commands, what they share, and the context know the terminal', () => {
    expect(reach('terminal')).toEqual(['app', 'command-kit', 'commands', 'context']);
  });

  test.each(['sites', 'message', 'credentials', 'stores'])('%s knows nothing of Google', (part) => {
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
    ['issues a warrant', 'issueWarrant', ['migration/proof.ts']],
    ['takes the word of a person for one', 'takePersonsWord', ['commands/revert-smtp.ts']],
  ])('no other file %s', (_what, name, only) => {
    expect(importers(name)).toEqual(only);
  });

  test('no other file claims a site, or changes a record', () => {
    expect(filesWith(/\b(?:store|sites)\.claim\(/)).toEqual([
      'sites/hold.ts',
      'sites/move-site.ts',
    ]);
    expect(filesWith(/\bclaim\.(?:write|remove)\(/)).toEqual([
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
      'context/context.ts',
      'context/place.ts',
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
    commander: ['commands', 'command-kit', 'app'],
    inquirer: ['terminal'],
    chalk: ['terminal'],
    ora: ['terminal'],
    'wrap-ansi': ['words'],
    'tldts-icann': ['delivery'],
    open: ['sign-in'],
    googleapis: ['google'],
    'google-auth-library': ['google'],
    keytar: ['credentials'],
    'age-encryption': ['credentials'],
    nodemailer: ['message', 'outbound'],
    'env-paths': ['context'],
    pg: ['stores'],
    'csv-parse': ['many'],
    'pg-connection-string': ['stores'],
    'fs-native-extensions': ['storage'],
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

/** The slow packages, which most commands never need: `--help` must be quick, and work without libsecret. */
test.each([
  ...['keytar', 'googleapis', 'inquirer', 'nodemailer', 'age-encryption', 'open'],
  'fs-native-extensions',
])('%s is not loaded by starting the program', (name) => {
  const loaded = loadedWith('app/start.ts');
  const wrong = staticImports.filter(({ from, to }) => to === name && loaded.has(from));
  expect(wrong.map(show)).toEqual([]);
});

/** Commands that only read what is on record, as people and scripts do many times a day. */
test.each(['commands/status.ts', 'context/context.ts', 'stores/files/file-site-store.ts'])(
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
