/** The documents say what the program does, link to what is there, and are no longer than they should be. */

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../../src/errors.js';
import { helpOfAll } from '../../tools/commands-page.js';
import { GENERATED } from '../../tools/generated-documents.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

/** Options of npm, git, systemctl, the bench and other programs that the documents name. */
const OPTIONS_OF_OTHERS = [
  ...['--silent', '--ignore-scripts', '--global', '--port', '--client-file'],
  // systemctl, journalctl
  ...['--user', '--now'],
  // curl
  ...['--show-error', '--fail', '--max-time', '--header', '--data-binary'],
  // npm run kit; npm run demo
  ...['--platform', '--settings'],
  // npm run bench
  ...['--starts', '--rounds', '--node', '--many', '--ten-thousand'],
];

test.each(GENERATED)('$path is that of the code (if not: npm run docs)', async ({ path, make }) => {
  expect(read(path)).toBe(await make());
});

test('the README is short: 10 KB', () => {
  expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(10_000);
});

test.each(['practice-manager', 'on-the-phone'])(
  'what a person sees by docs/%s.md is what the program says',
  (document) => {
    const shown = [...read(`docs/${document}.md`).matchAll(/^\| "(.+?)" \|/gm)];
    expect(shown.length).toBeGreaterThan(3);
    const code = sources('src').map(read).join('');
    const said = (part: string) => code.includes(part.trim());
    expect(shown.filter(([, words = '']) => !words.split('…').every(said))).toEqual([]);
  },
);

test('the threat model names the tests of each claim about who might try', () => {
  const claims =
    read('docs/threat-model.md')
      .split(/^## /m)[2]
      ?.split(/^(?=\*\*)/m)
      .slice(1) ?? [];
  expect(claims.length).toBeGreaterThan(8);
  expect(claims.filter((claim) => !claim.includes('_Shown by:_'))).toEqual([]);
});

describe('docs/scripting.md', () => {
  const text = read('docs/scripting.md');

  test('has every exit code', () => {
    for (const code of [0, ...new Set(Object.values(EXIT_CODES))]) {
      expect(text).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
    }
  });

  test('has every environment variable that the program reads', () => {
    const names = new Set<string>();
    for (const file of sources('src')) {
      for (const [name] of read(file).matchAll(/WRITEUPP_MAIL_[A-Z_]+/g)) names.add(name);
    }
    expect(names.size).toBeGreaterThan(5);
    expect([...names].filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

test('the map of the code has a row for each folder of src', () => {
  const folders = readdirSync(join(ROOT, 'src'), { withFileTypes: true }).filter((entry) =>
    entry.isDirectory(),
  );
  const text = read('CONTRIBUTING.md');
  expect(folders.filter(({ name }) => !text.includes(`\`src/${name}/\``))).toEqual([]);
});

describe.each(DOCUMENTS)('%s', (document) => {
  const text = read(document);

  test('names only files that exist', () => {
    const paths = [
      ...text.matchAll(/(?<=[`(])(?:src|test|tools|docs|bin|\.ci|\.github)\/[\w./-]*/g),
    ].map(([path]) => path);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  test('names only options that exist', async () => {
    const help = (await helpOfAll()).map((command) => command.help).join('\n');
    const known = new Set([...help.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag));
    const named = [...text.matchAll(/(?<=[`\s])--[a-z][a-z-]*/g)].map(([flag]) => flag);
    expect(named.filter((flag) => !known.has(flag) && !OPTIONS_OF_OTHERS.includes(flag))).toEqual(
      [],
    );
  });

  test('links only to files and headings that are there, in the package too', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)];
    const broken = links.filter(([, path = '', heading]) => {
      const target = path === '' ? document : normalize(join(dirname(document), path));
      if (!existsSync(join(ROOT, target)) || !isPackaged(target)) return true;
      return heading !== undefined && !headingsOf(target).includes(heading);
    });
    expect(broken.map(([link]) => link)).toEqual([]);
  });
});

/** npm adds README.md and LICENSE by itself. */
function isPackaged(path: string): boolean {
  const { files } = JSON.parse(read('package.json')) as { readonly files: readonly string[] };
  return ['README.md', 'LICENSE', ...files].some(
    (entry) => path === entry || path.startsWith(`${entry}/`),
  );
}

/** The headings of a document as a link names them: in small letters, spaces as hyphens, signs left out. */
function headingsOf(path: string): string[] {
  return [...read(path).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name}`);
}
