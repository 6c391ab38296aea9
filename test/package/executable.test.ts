/** The single executable: made by Node.js's own means, and the whole switch by it, keychain worker included. */

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import { nodeOf } from '../support/node-versions.js';
import { newWorkspace } from '../support/workspace.js';
import { expectWholeSwitch, expectWholeSwitchByKeychain } from './whole-switch.js';

const execute = promisify(execFile);
const root = fileURLToPath(new URL('../../', import.meta.url));
const LIMIT_MS = 5 * 60_000;
const executable = {
  node: `${root}build/executable/writeupp-mail${process.platform === 'win32' ? '.exe' : ''}`,
  program: null,
};

let google: GoogleStandIn;
beforeAll(async () => {
  google = await startGoogle();
  await execute(await nodeOf('26'), ['tools/executable.js'], { cwd: root });
}, LIMIT_MS);
afterAll(() => google.close());

test(
  'the whole switch, with the secrets in a vault',
  async () => {
    const workspace = await newWorkspace(google, executable);
    await expectWholeSwitch(workspace, google).finally(workspace.remove);
  },
  LIMIT_MS,
);

test(
  'the whole switch, with the secrets in a keychain',
  () => expectWholeSwitchByKeychain(google, executable),
  LIMIT_MS,
);

test('starts itself anew without NODE_DEBUG', async () => {
  const workspace = await newWorkspace(google, { ...executable, env: { NODE_DEBUG: 'http' } });
  const run = await workspace.run(['--version']).finally(workspace.remove);
  expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});
