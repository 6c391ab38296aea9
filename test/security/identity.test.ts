/** An identity that is signed rightly and names nonsense: refused before anything is kept. */

import { beforeAll, expect, test } from '@jest/globals';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT } from '../support/workspace.js';

const { google, workspace } = useComputer({ computerFor: 'file' });

beforeAll(async () => {
  await workspace.addSite();
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
