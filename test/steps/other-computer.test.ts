/** Signing in where another computer has the permission, in memory: said before, and asked where somebody can be. */

import { expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { sealed } from '../../src/sites/secrets.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { MemorySecrets, MemorySites } from '../support/memory-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

const NAME = 'harbour-physio';
const QUESTION = /^Sign in on this computer instead/;

/** What `words` end on, who is asked, and what is said before. */
async function outcome(
  { isShared = true, isHere = false, canBeAsked = true },
  credentials: 'vault' | 'team' | null,
  ...words: string[]
) {
  const [sites, secrets, heard] = [new MemorySites(), new MemorySecrets(), new Heard()];
  sites.isShared = isShared;
  sites.put(aSite({ name: NAME, smtp: SMTP, gmail: GMAIL, credentials }));
  const { changes } = sites;
  if (isHere) secrets.of(NAME).set('google-token-a', sealed(GMAIL.id, 'token'));
  const view = twin({}, { sites, secrets, heard });
  const store = await view.secrets();
  const world = twin(
    {
      client: async () => ({ id: GMAIL.clientId, secret: null }),
      secrets: async () => ({ ...store, kind: credentials ?? 'vault' }),
      ask: canBeAsked ? person([[QUESTION, false]], heard) : null,
    },
    { sites, secrets, heard },
  );
  const error = await runIn(world, ...words, '--site', NAME);
  return {
    isCancelled: error instanceof MailError && error.code === 'cancelled',
    asked: heard.questions.filter((one) => QUESTION.test(one)).length,
    said: heard.notes.filter((one) => /Another computer that shares these sites/.test(one)).length,
    changes: sites.changes - changes,
  };
}

const AGAIN = ['sign-in', '--reauthenticate', '--account', GMAIL.email];

test.each([
  ['sign-in', AGAIN],
  ['sign-in, the permission not found', ['sign-in']],
  ['migrate', ['migrate', '--reauthenticate']],
])('a No changes nothing: %s', async (_what, words) => {
  expect(await outcome({}, null, ...words)).toEqual({
    ...{ isCancelled: true, asked: 1, said: 1, changes: 0 },
  });
});

test('so does one where this computer had an earlier permission', async () => {
  expect(await outcome({}, 'vault', ...AGAIN)).toMatchObject({ isCancelled: true, asked: 1 });
});

test.each([
  ['where --yes stands for every answer', true, [...AGAIN, '--yes']],
  ['without a terminal', false, AGAIN],
])('it is said, and not asked, %s', async (_what, canBeAsked, words) => {
  expect(await outcome({ canBeAsked }, null, ...words)).toMatchObject({
    ...{ isCancelled: false, asked: 0, said: 1 },
  });
});

test.each([
  ['with the permission here', { isHere: true }, 'vault' as const],
  ['with records of this computer alone', { isShared: false }, 'vault' as const],
  ['with the secrets of a team', {}, 'team' as const],
])('nothing of it is said %s', async (_what, where, credentials) => {
  expect(await outcome(where, credentials, ...AGAIN)).toMatchObject({
    ...{ isCancelled: false, asked: 0, said: 0 },
  });
});
