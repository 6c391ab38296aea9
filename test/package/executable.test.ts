/** The single executable: made by Node.js's own means, and the whole switch by it, keychain worker included. */

import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from '@jest/globals';
import { nodeOf } from '../support/node-versions.js';
import { useStandIn } from '../support/use-stand-in.js';
import { expectWholeSwitch, expectWholeSwitchByKeychain } from './whole-switch.js';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 5 * 60_000;
const executable = {
  node: `${root}build/executable/writeupp-mail${process.platform === 'win32' ? '.exe' : ''}`,
  program: null,
};

const { google, newComputer } = useStandIn();
beforeAll(async () => {
  await execute(await nodeOf('26'), ['tools/executable.js'], { cwd: root });
}, LIMIT_MS);

test(
  'the whole switch, with the secrets in a vault',
  async () => {
    const workspace = await newComputer(executable);
    await expectWholeSwitch(workspace, google);
  },
  LIMIT_MS,
);

test(
  'the whole switch, with the secrets in a keychain',
  () => expectWholeSwitchByKeychain(google, executable),
  LIMIT_MS,
);

test('starts itself anew without NODE_DEBUG', async () => {
  const workspace = await newComputer({ ...executable, env: { NODE_DEBUG: 'http' } });
  const run = await workspace.run(['--version']);
  expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test('doctor checks this computer, and a paper that an error names is there', async () => {
  const workspace = await newComputer(executable);
  const { events } = await workspace.run(['doctor', '--json']);
  expect(events).toContainEqual(expect.objectContaining({ name: 'node', status: 'pass' }));
  expect(events).toContainEqual(expect.objectContaining({ name: 'secrets', status: 'pass' }));
  const { stderr } = await workspace.run(['status', '--verbose']);
  const paper = /More about it: (.*)#no-sites$/m.exec(stderr)?.[1] ?? '';
  expect(await readFile(paper, 'utf8')).toContain('\n## no-sites\n');
});

test('unpacks nothing into the folder that it is started in', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'executable-'));
  try {
    const env = { ...process.env, HOME: folder, XDG_CACHE_HOME: 'a', LOCALAPPDATA: 'b' };
    const cwd = join(folder, 'started-in');
    await mkdir(cwd);
    await execute(executable.node, ['--version'], { cwd, env });
    expect(await readdir(cwd)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
