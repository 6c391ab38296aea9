/** One damaged record: it is told of, by name, and hides nothing of the other sites. */

import { beforeAll, expect, test } from '@jest/globals';
import { connectSite } from '../support/mail-site.js';
import { useComputer } from '../support/use-stand-in.js';
import { SITE, type Workspace } from '../support/workspace.js';

const { google, newComputer, workspace } = useComputer({ computerFor: 'file' });

beforeAll(() => addSites(workspace));

async function addSites(workspace: Workspace): Promise<void> {
  await connectSite(workspace);
  // Before and after the other one, in the order of names.
  for (const name of ['a-damaged', 'z-damaged']) {
    await workspace.putRecord({ schemaVersion: 3 }, name);
  }
}

test.each([
  [['site', 'list', '--json']],
  [['status', '--all', '--json']],
  [['status', '--all', '--check', '--json']],
])('%j gives the others, then the failures with their sites', async (args) => {
  const run = await workspace.run(args);
  expect(run.code).toBe(1);
  expect(run.events.map(({ event }) => event)).toEqual(['result', 'error', 'error']);
  expect(JSON.stringify(run.events[0])).toContain(SITE);
  const failed = run.events.slice(1).map(({ site }) => site);
  expect(failed.sort()).toEqual(['a-damaged', 'z-damaged']);
  expect(run.error).toMatchObject({ code: 'storage' });
});

test('for people, the table and the list stand before the failures', async () => {
  for (const args of [
    ['site', 'list'],
    ['status', '--all'],
  ]) {
    const run = await workspace.run(args);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain(SITE);
    expect(run.stderr).toMatch(/a-damaged.*\sis\sdamaged/);
    expect(run.stderr).toMatch(/z-damaged.*\sis\sdamaged/);
  }
});

test('sign-out of another site does not revoke what it can’t know to be unshared, and names the way on', async () => {
  const workspace = await newComputer();
  await addSites(workspace);
  const run = await workspace.run(['sign-out', '--site', SITE, '--yes', '--json']);
  expect(run).toMatchObject({ code: 1, error: { code: 'storage' } });
  expect(run.error?.hint).toContain('--keep-grant');
  expect(google.requests.filter(({ point }) => point === 'revoke')).toEqual([]);
  const kept = await workspace.run(['sign-out', '--site', SITE, '--yes', '--json', '--keep-grant']);
  expect(kept).toMatchObject({ code: 0, result: { gmail: null, grant: 'kept' } });
});
