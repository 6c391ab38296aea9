/** A token that is typed is checked before anything is asked with it. */

import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
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

/** Signs in with what is typed, of which the first may be refused; gives the error and what was said of each. */
async function typed(...answers: string[]) {
  const problems: (string | null)[] = [];
  const base = twin();
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
  const heard = new Heard();
  const world = twin(
    {
      ask,
      streams: { ...base.streams, stdin: { isTTY: true } as NodeJS.ReadStream },
      environment: Object.assign(Object.create(base.environment), {
        ...{ home: join(home, 'rehearsal'), storeUrl: api.url, storeToken: undefined },
      }),
      issuer: { ...base.issuer, isStandIn: true },
    },
    { heard },
  );
  return { error: await runIn(world, 'store', 'login'), problems };
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
