/** An identity that is signed rightly and names nonsense: refused before anything is kept. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import { ACCOUNT, newWorkspace, type Workspace } from '../support/workspace.js';

let google: GoogleStandIn;
let workspace: Workspace;

beforeAll(async () => {
  google = await startGoogle();
  workspace = await newWorkspace(google);
  await workspace.addSite();
});
afterAll(async () => {
  await workspace.remove();
  await google.close();
});

test.each([
  'x\u001b[2J@evil.example',
  'a@b.example\r\nBcc: c@d.example',
  'a@b.example, c@d.example',
  '',
])('the address %j', async (email) => {
  google.misbehave(
    'token:code',
    { kind: 'id-token', change: (claims) => ({ ...claims, email }) },
    { times: 1 },
  );
  const before = await workspace.record();
  const args = ['sign-in', '--yes', '--json'];
  const { run } = await workspace.runWithPerson(args, { account: ACCOUNT });
  expect(run.error).toMatchObject({ code: 'invalid-id-token', exitCode: 1 });
  expect(run.stdout + run.stderr).not.toContain('\u001b');
  expect(await workspace.record()).toEqual(before);
});
