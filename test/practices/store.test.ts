/** `store`: a token that is typed is checked first, and one thing that changed since the sign-in is told. */

import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { EndedWith } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import type { SettingsApi } from '../settings-api/settings-api.js';
import { backendAndHome } from '../support/backend-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

let api: SettingsApi;
let home: string;
let remove: () => Promise<void>;
beforeEach(async () => {
  ({ api, home, remove } = await backendAndHome());
});
afterEach(() => remove());

/** A computer with somebody at it, who answers so. */
function computer(ask: World['ask'], heard = new Heard()): World {
  const base = twin();
  return twin(
    {
      ask,
      streams: { ...base.streams, stdin: { isTTY: true } as NodeJS.ReadStream },
      environment: Object.assign(Object.create(base.environment), {
        ...{ home: join(home, 'rehearsal'), storeUrl: api.url, storeToken: undefined },
        passphrase: 'correct horse battery staple',
      }),
      issuer: { ...base.issuer, isStandIn: true },
    },
    { heard },
  );
}

/** Signs in with what is typed, of which the first may be refused; gives the error and what was said of each. */
async function typed(...answers: string[]) {
  const problems: (string | null)[] = [];
  const ask = {
    ...person([]),
    secret: async (_question: string, check: (answer: string) => string | null) => {
      for (const answer of answers) {
        problems.push(check(answer));
        if (problems.at(-1) === null) return answer;
      }
      return answers.at(-1) ?? '';
    },
  } as NonNullable<World['ask']>;
  return { error: await runIn(computer(ask), 'store', 'login'), problems };
}

test.each([
  ['two words', 'two words'],
  ['an arrow key', 'a\u001b[A'],
  ['an accent', 'naïve'],
  ['far too long', 'x'.repeat(4_097)],
])('it is no token: %s', async (_what, answer) => {
  const { error, problems } = await typed(answer);
  expect(error).toMatchObject({ code: 'invalid-settings' });
  expect(problems).toEqual(['This can’t be a token. Copy it whole, and nothing else.']);
  expect(JSON.stringify(error)).not.toContain(answer);
  expect(api.requests).toEqual([]);
});

test('blanks around it are no part of it', async () => {
  const { error, problems } = await typed('', '  not-the-token ');
  expect(problems).toEqual(['The token is empty.', null]);
  expect(error).toMatchObject({ code: 'store-sign-in-needed' });
  expect(api.requests.at(-1)?.headers.authorization).toBe('Bearer not-the-token');
});

test('any one thing that has changed since the sign-in is named by `store status`, which ends with 4', async () => {
  const facts = api.facts;
  expect(await runIn(computer(person([[/^Token/, api.token]])), 'store', 'login')).toBeNull();
  for (const [change, named] of [
    [{}, null],
    [{ id: `${facts.id}-b` }, 'its id'],
    [{ sendsItself: !facts.sendsItself }, 'whether WriteUpp sends email itself'],
    [{ recipient: `age1${'q'.repeat(58)}` }, 'whom permissions are encrypted for'],
    [{ clientIds: ['another'] }, 'the Google clients that it can use'],
  ] as const) {
    const heard = new Heard();
    api.facts = { ...facts, ...change };
    const error = await runIn(computer(null, heard), 'store', 'status');
    expect(error).toEqual(named === null ? null : new EndedWith(4));
    expect(heard.results).toMatchObject([{ changed: named !== null }]);
    const told = heard.lines.filter((line) => line.includes('Changed since the sign-in'));
    expect(told).toEqual(named === null ? [] : [`  ! Changed since the sign-in: ${named}.`]);
  }
});
