/** What the archive carries is enough: packed, installed into an empty folder, and the whole switch by that copy. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { runNpm } from '../support/npm.js';
import { useStandIn } from '../support/use-stand-in.js';
import { expectWholeSwitch, expectWholeSwitchByKeychain } from './whole-switch.js';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 3 * 60_000;

const { google, newComputer } = useStandIn();
let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'writeupp-mail-installed-'));
  const pack = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(await runNpm(pack, root)) as [{ filename: string }];
  const prefix = join(folder, 'prefix');
  await mkdir(prefix);
  const install = ['install', '--global', '--prefix', prefix, '--no-audit', '--no-fund'];
  await runNpm([...install, join(folder, filename)], folder);
  // As the shell finds it.
  program = join(prefix, 'bin', 'writeupp-mail');
}, LIMIT_MS);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

test('the command is there, and nothing of this repository is behind it', async () => {
  expect((await realpath(program)).startsWith(await realpath(folder))).toBe(true);
  const { stdout } = await execute(program, ['--version']);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('man finds its page', async () => {
  const page = join(folder, 'prefix', 'share', 'man', 'man1', 'writeupp-mail.1');
  expect(await readFile(page, 'utf8')).toContain('.TH WRITEUPP');
});

test(
  'the whole switch, with the secrets in a vault',
  async () => {
    const workspace = await newComputer({ program });
    await expectWholeSwitch(workspace, google);
  },
  LIMIT_MS,
);

test(
  'the whole switch, with the secrets in a keychain',
  () => expectWholeSwitchByKeychain(google, { program }),
  LIMIT_MS,
);
