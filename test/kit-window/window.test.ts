/** What a double-click in a kit does: whose file it takes, what it says, and what it runs. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openWindow, unquoted } from '../../src/kit-window/window.js';

const CLIENT = {
  installed: { client_id: '1.apps.googleusercontent.com', client_secret: 'x', redirect_uris: [] },
};

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kit-'));
  await mkdir(join(folder, 'kit'));
  await mkdir(join(folder, 'Downloads'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Puts a practice's file there, as `site export --with-client` writes it. */
async function put(where: string, site = 'harbour-physio', more: object = {}): Promise<string> {
  const path = join(folder, where);
  const organisation = site === 'harbour-physio' ? 'Harbour Physio' : site;
  const sites = [{ name: site, organisation, login: 'jane@harbour.example', ...more }];
  await writeFile(path, JSON.stringify({ sites, client: CLIENT }));
  return path;
}

interface Computer {
  readonly answers?: readonly string[];
  readonly dropped?: string;
  /** Null: they can't be listed. */
  readonly sites?: readonly object[] | null;
  readonly clientInUse?: string;
  readonly exitCode?: number;
}

/** Opens a window, and gives all that it said, asked and ran. */
async function open({ answers = [], dropped, sites = [], clientInUse, exitCode = 0 }: Computer) {
  const said: string[] = [];
  const runs: (readonly string[])[] = [];
  const left = [...answers];
  const code = await openWindow(
    {
      kit: join(folder, 'kit'),
      downloads: join(folder, 'Downloads'),
      say: (...lines) => void said.push(...lines),
      ask: async (question) => {
        said.push(question);
        return left.shift() ?? null;
      },
      run: async (...args) => {
        runs.push(args);
        return exitCode;
      },
      facts: async (command) =>
        command === 'site'
          ? { ...(sites && { sites }) }
          : { settings: '/settings', client: '/settings/client' },
      clientAt: async () => clientInUse ?? null,
    },
    dropped,
  );
  return { code, runs, said: said.join('\n') };
}

test('the file beside the kit: says whose it is and what will happen, and asks before it runs', async () => {
  const path = await put('kit/any.json', 'harbour-physio', { account: 'info@harbour.example' });
  const { code, runs, said } = await open({ answers: [''] });
  expect({ code, runs }).toEqual({ code: 0, runs: [['migrate', '--from', path]] });
  expect(said).toContain('This is the file of Harbour Physio:');
  expect(said).toContain('you sign in with Google as info@harbour.example.');
  expect(said).toContain('jane@harbour.example');
  expect(said).toContain('To remove both: double-click "Type a command"');
  expect(said).toContain(`It holds the client secret:\n  ${path}`);
});

test('the settings folder is left to the other practices on this computer', async () => {
  await put('kit/any.json');
  const own = { name: 'Harbour-Physio', pathway: 'gmail' };
  const alone = await open({ answers: [''], sites: [own] });
  expect(alone.said).toContain('Then delete that folder, and this one.');
  for (const sites of [[own, { name: 'other', pathway: 'smtp' }], null]) {
    const { said } = await open({ answers: [''], sites });
    expect(said).toContain('To remove both: double-click "Type a command"');
    expect(said).toContain('Leave the one above: other practices on this computer may need it.');
    expect(said).not.toContain('delete that folder');
  }
});

test('nothing runs where nobody can press Enter', async () => {
  await put('kit/any.json');
  expect(await open({})).toMatchObject({ code: 3, runs: [] });
});

test('the only one in Downloads is named, then asked about', async () => {
  const path = await put('Downloads/harbour-physio.json');
  await writeFile(join(folder, 'Downloads/other.json'), '{"sites":[]}');
  await writeFile(join(folder, 'Downloads/broken.json'), '{');
  const yes = await open({ answers: ['y', ''] });
  expect(yes.said).toContain(`In your Downloads there is ${path}\nIt is for Harbour Physio.`);
  expect(yes.runs).toEqual([['migrate', '--from', path]]);
  expect((await open({ answers: ['n', ''] })).runs).toEqual([]);
});

test('several are listed, and one is chosen by its number', async () => {
  await put('kit/a.json', 'a');
  const path = await put('kit/b.json', 'b');
  expect((await open({ answers: ['2', ''] })).runs).toEqual([['migrate', '--from', path]]);
  expect(await open({ answers: ['7', ''] })).toMatchObject({ code: 3, runs: [] });
});

test('one that is dragged on to it, or into its window, wins over any other', async () => {
  await put('kit/a.json', 'a');
  const path = await put('b b.json', 'b');
  const dropped = await open({ dropped: path, answers: [''] });
  expect(dropped.runs).toEqual([['migrate', '--from', path]]);
  await rm(join(folder, 'kit/a.json'));
  const typed = await open({ answers: [`"${path}"`, ''] });
  expect(typed.runs).toEqual([['migrate', '--from', path]]);
});

test('what is no practice’s file is said to be none, with what to do', async () => {
  const dropped = join(folder, 'Smith');
  const { code, runs, said } = await open({ dropped });
  expect({ code, runs }).toEqual({ code: 2, runs: [] });
  expect(said).toContain(`This is not the file of a practice, or can’t be read: ${dropped}`);
});

test('a second double-click goes on, or says that it is done: without the file too', async () => {
  const path = await put('kit/any.json');
  const begun = { name: 'harbour-physio', pathway: 'smtp' };
  expect((await open({ sites: [begun], answers: [''] })).said).toContain('goes on from there');
  const done = await open({ sites: [{ ...begun, pathway: 'gmail' }] });
  expect(done.runs).toEqual([['migrate', '--from', path]]);
  expect(done.said).not.toContain('Press Enter');
  await rm(path);
  expect((await open({ sites: [begun] })).runs).toEqual([['migrate']]);
});

test('another client file than the one in use stops before anything runs', async () => {
  await put('kit/any.json');
  const { code, runs, said } = await open({ clientInUse: '2.apps.googleusercontent.com' });
  expect({ code, runs }).toEqual({ code: 2, runs: [] });
  expect(said).toContain('another Google client file');
  expect((await open({ clientInUse: CLIENT.installed.client_id, answers: [''] })).code).toBe(0);
});

test('where it was not finished, it says how to go on, and hands the exit code on', async () => {
  await put('kit/any.json');
  const { code, said } = await open({ answers: [''], exitCode: 4 });
  expect(code).toBe(4);
  expect(said).toContain('double-click the same file again');
  expect(said).not.toContain('Delete the practice’s file now');
});

test.each<[typed: string, platform: NodeJS.Platform, path: string]>([
  [' "C:\\a b\\c.json" ', 'win32', 'C:\\a b\\c.json'],
  ['C:\\a\\c.json', 'win32', 'C:\\a\\c.json'],
  ['/a\\ b/c\\ (1).json ', 'darwin', '/a b/c (1).json'],
  ["'/a b/it'\\''s.json'", 'linux', "/a b/it's.json"],
])('a path as it is dragged into a window: %s on %s', (typed, platform, path) => {
  expect(unquoted(typed, platform)).toBe(path);
});
