/** Google's answer on the redirect: taken only if every part of it belongs to this sign-in. */

import { describe, expect, test } from '@jest/globals';
import { type AnswerExpectation, judgeAnswer } from '../../src/sign-in/answer.js';

const EXPECTED: AnswerExpectation = {
  state: 'state-of-this-sign-in',
  issuer: 'https://accounts.google.com',
  promisesIss: true,
};
const ISS = 'iss=https%3A%2F%2Faccounts.google.com';
const STATE = `state=${EXPECTED.state}`;

const judge = (query: string, expected: Partial<AnswerExpectation> = {}) =>
  judgeAnswer(new URLSearchParams(query), { ...EXPECTED, ...expected });

describe('taken', () => {
  test('a code', () => {
    expect(judge(`code=4%2F0Abc&${STATE}&${ISS}&scope=x`)).toEqual({
      kind: 'code',
      code: '4/0Abc',
    });
  });

  test('a refusal, with or without its description', () => {
    expect(judge(`error=access_denied&${STATE}&${ISS}`)).toEqual({
      kind: 'error',
      error: 'access_denied',
      description: null,
    });
    expect(judge(`error=x&error_description=words&${STATE}&${ISS}`)).toMatchObject({
      description: 'words',
    });
  });

  test('a code without iss, where the issuer promises none', () => {
    expect(judge(`code=c&${STATE}`, { promisesIss: false })).toEqual({ kind: 'code', code: 'c' });
  });
});

describe('not taken', () => {
  test.each([
    ['no state', `code=c&${ISS}`, 'wrong-state'],
    ['an empty state', `code=c&state=&${ISS}`, 'wrong-state'],
    ['another state', `code=c&state=another&${ISS}`, 'wrong-state'],
    [
      'the beginning of the state',
      `code=c&state=${EXPECTED.state.slice(0, -1)}&${ISS}`,
      'wrong-state',
    ],
    ['the state and another', `code=c&${STATE}&state=another&${ISS}`, 'wrong-state'],
    ['the state twice', `code=c&${STATE}&${STATE}&${ISS}`, 'wrong-state'],
    ['another iss', `code=c&${STATE}&iss=https%3A%2F%2Fevil.example`, 'wrong-issuer'],
    ['iss twice', `code=c&${STATE}&${ISS}&${ISS}`, 'wrong-issuer'],
    ['an empty iss', `code=c&${STATE}&iss=`, 'wrong-issuer'],
    ['no iss, where one is promised', `code=c&${STATE}`, 'wrong-issuer'],
    ['a refusal without the iss that is promised', `error=access_denied&${STATE}`, 'wrong-issuer'],
    ['no code', `${STATE}&${ISS}`, 'no-code'],
    ['an empty code', `code=&${STATE}&${ISS}`, 'no-code'],
    ['two codes', `code=a&code=b&${STATE}&${ISS}`, 'no-code'],
    ['a code and an error', `code=a&error=x&${STATE}&${ISS}`, 'no-code'],
    ['two errors', `error=a&error=b&${STATE}&${ISS}`, 'no-code'],
  ])('%s', (_what, query, refusal) => {
    expect(judge(query)).toBe(refusal);
  });

  test('a wrong iss, also where none is promised', () => {
    expect(judge(`code=c&${STATE}&iss=x`, { promisesIss: false })).toBe('wrong-issuer');
  });
});
