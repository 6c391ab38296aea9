/** Tokens by delegation, of one run: how often Google and the store of secrets are asked, and what a failure leaves. */

import { beforeEach, describe, expect, jest, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { Delegation } from '../../src/google/delegation.js';
import type { AccessToken } from '../../src/google/oauth.js';
import { DELEGATED } from '../sites/a-site.js';
import { twin } from '../support/twin.js';

const MINUTE = 60_000;
const NOW = new Date('2026-11-20T12:00:00.000Z');

/** In whose names tokens were asked for. */
let asked: string[];
let lookedUp: string[];
let answer: (asking: Delegation) => Promise<AccessToken>;

jest.unstable_mockModule('../../src/google/delegation.js', () => ({
  delegatedToken: async (asking: Delegation) => {
    asked.push(asking.account);
    await asking.signer({});
    return answer(asking);
  },
  numericIdOf: async (email: string) => {
    lookedUp.push(email);
    return '1';
  },
  signerWithoutKey: (email: string) => async () => `signed by Google for ${email}`,
}));
jest.unstable_mockModule('../../src/google/assertion.js', () => ({
  signerWithKey: (key: string) => (key === 'the key' ? async () => 'signed' : null),
  tokenByAssertion: () => Promise.reject(new Error('not here')),
}));
const { DelegatedTokens } = await import('../../src/connection/delegated-tokens.js');

const lasting = (ms: number) => async () => ({
  token: `token ${asked.length}`,
  expiresAt: NOW.getTime() + ms,
});

beforeEach(() => {
  [asked, lookedUp] = [[], []];
  answer = lasting(60 * MINUTE);
});

/** A store of secrets, which counts how often it is asked. */
function keychain(...contents: readonly (string | null | MailError)[]) {
  let reads = 0;
  return {
    description: 'the keychain',
    get: async () => {
      const content = contents[Math.min(reads, contents.length - 1)] ?? null;
      reads += 1;
      if (content instanceof MailError) throw content;
      return content;
    },
    reads: () => reads,
  };
}

const ANN = { ...DELEGATED, email: 'ann@practice.example' };
const BOB = { ...DELEGATED, email: 'bob@practice.example' };
const asking = twin();

describe('over many sites', () => {
  test('a person’s token is asked for once, and the key read once for all', async () => {
    const [tokens, secrets] = [new DelegatedTokens({}, true), keychain('the key')];
    const sameInCapitals = { ...ANN, email: 'Ann@Practice.example' };
    for (const connection of [ANN, BOB, ANN, sameInCapitals, BOB]) {
      await tokens.ofConnection('quay', connection, secrets, asking);
    }
    expect(asked).toEqual([ANN.email, BOB.email]);
    expect(secrets.reads()).toBe(1);
  });

  test('sites of one person that ask at once wait for one answer', async () => {
    const [tokens, secrets] = [new DelegatedTokens({}, true), keychain('the key')];
    const all = Array.from({ length: 5 }, () => tokens.ofConnection('quay', ANN, secrets, asking));
    expect(new Set((await Promise.all(all)).map(({ token }) => token)).size).toBe(1);
    expect(asked).toHaveLength(1);
  });

  test('another service account asks for itself, in the name of the same person', async () => {
    const [tokens, secrets] = [new DelegatedTokens({}, true), keychain('the key')];
    const other = { ...DELEGATED.serviceAccount, email: 'other@practice.iam.gserviceaccount.com' };
    await tokens.ofConnection('quay', ANN, secrets, asking);
    await tokens.ofConnection('quay', { ...ANN, serviceAccount: other }, secrets, asking);
    expect(asked).toEqual([ANN.email, ANN.email]);
  });

  test.each([
    ['five minutes and more', 5 * MINUTE + 1, 1],
    ['five minutes', 5 * MINUTE, 2],
    ['less', 1 * MINUTE, 2],
    ['nothing', -1, 2],
  ])('a token that still has %s of its life is asked for so often', async (_left, ms, times) => {
    const [tokens, secrets] = [new DelegatedTokens({}, true), keychain('the key')];
    answer = lasting(ms);
    await tokens.ofConnection('quay', ANN, secrets, asking);
    await tokens.ofConnection('pier', ANN, secrets, asking);
    expect(asked).toHaveLength(times);
  });

  test('a refusal is not remembered: the next site asks again', async () => {
    const [tokens, secrets] = [new DelegatedTokens({}, true), keychain('the key')];
    const busy = new MailError('google-unavailable', 'Google has a fault.', 'Wait.');
    answer = () => Promise.reject(busy);
    await expect(tokens.ofConnection('quay', ANN, secrets, asking)).rejects.toBe(busy);
    answer = lasting(60 * MINUTE);
    expect(await tokens.ofConnection('pier', ANN, secrets, asking)).toMatchObject({
      token: 'token 2',
    });
  });
});

test('for one site, each message has a token of its own asking', async () => {
  const [tokens, secrets] = [new DelegatedTokens({}), keychain('the key')];
  await tokens.ofConnection('quay', ANN, secrets, asking);
  await tokens.ofConnection('quay', ANN, secrets, asking);
  expect(asked).toHaveLength(2);
});

describe('a key that can’t be had', () => {
  const LOCKED = new MailError('keychain-locked', 'The keychain is locked.', 'Unlock it.');

  test('from a keychain that was locked a moment ago is had by the next site', async () => {
    const [tokens, secrets] = [new DelegatedTokens({}, true), keychain(LOCKED, 'the key')];
    await expect(tokens.ofConnection('quay', ANN, secrets, asking)).rejects.toBe(LOCKED);
    await expect(tokens.ofConnection('pier', BOB, secrets, asking)).resolves.toMatchObject({});
  });

  test.each([
    ['is gone', null],
    ['is none', 'something else'],
  ])('because it %s, has to be given again', async (_why, content) => {
    const tokens = new DelegatedTokens({}, true);
    await expect(tokens.ofConnection('quay', ANN, keychain(content), asking)).rejects.toMatchObject(
      {
        code: 'sign-in-needed',
        details: { reason: 'not-connected' },
        hint: expect.stringContaining('sign-in --site quay --service-account KEY.json'),
      },
    );
    // Given meanwhile.
    await expect(
      tokens.ofConnection('quay', ANN, keychain('the key'), asking),
    ).resolves.toMatchObject({});
  });
});

test('without a key nothing is looked for in the store of secrets', async () => {
  const keyless = {
    ...ANN,
    serviceAccount: { ...ANN.serviceAccount, signing: 'keyless' as const },
  };
  const secrets = keychain(new MailError('keychain-locked', '', ''));
  await new DelegatedTokens({}).ofConnection('quay', keyless, secrets, asking);
  expect([asked, secrets.reads()]).toEqual([[ANN.email], 0]);
});

test('a service account that is named now signs with the key that was given, or by Google', async () => {
  const signed: string[] = [];
  answer = async ({ signer }) => {
    signed.push(await signer({}));
    return { token: 't', expiresAt: 0 };
  };
  const { email, clientId } = DELEGATED.serviceAccount;
  const tokens = new DelegatedTokens({});
  await tokens.ofNamed('quay', { email, clientId, key: 'the key' }, ANN.email, asking);
  await new DelegatedTokens({}).ofNamed('quay', { email, clientId, key: null }, ANN.email, asking);
  expect(signed).toEqual(['signed', `signed by Google for ${email}`]);
});

test('the number of a service account is looked up once, whoever was refused', async () => {
  answer = async ({ numericId }) => {
    await numericId();
    return { token: 't', expiresAt: 0 };
  };
  const tokens = new DelegatedTokens({});
  for (const one of [ANN, BOB]) await tokens.ofConnection('quay', one, keychain('the key'), asking);
  expect(lookedUp).toEqual([DELEGATED.serviceAccount.email]);
});
