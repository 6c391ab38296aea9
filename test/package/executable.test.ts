/** The single executable: made by Node.js's own means, and the whole switch by it, keychain worker included. */

import { execFile } from 'node:child_process';
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
