/** `send` keeps on record that the connection is in use: without that, it would be warned of as unused. */

import { expect, test } from '@jest/globals';
import { editRecord } from '../support/prepared.js';
import { useStandIn } from '../support/use-stand-in.js';

const MESSAGE = 'To: pat@patients.example\r\nSubject: Your appointment\r\n\r\nSee you then.\r\n';
const LONG_AGO = '2026-01-01T00:00:00.000Z';

const { prepared } = useStandIn();

test('an email by Gmail records the use, and the warning goes; within a day nothing is written', async () => {
  const workspace = await prepared.at('migrated');
  await editRecord(workspace, (record) => {
    record.gmail.usedAt = LONG_AGO;
  });
  const before = await workspace.run(['status', '--json']);
  const codes = ({ result }: typeof before) =>
    (result?.attention as { code: string }[] | undefined)?.map(({ code }) => code);
  expect(codes(before)).toEqual(['unused', 'left-to-do-in-writeupp']);

  expect((await workspace.run(['send', '--json'], { input: MESSAGE })).code).toBe(0);
  const after = await workspace.run(['status', '--json']);
  expect(codes(after)).toEqual(['left-to-do-in-writeupp']);

  const recorded = await workspace.record();
  expect((await workspace.run(['send', '--json'], { input: MESSAGE })).code).toBe(0);
  expect(await workspace.record()).toEqual(recorded);
});
