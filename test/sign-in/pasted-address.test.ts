/** What a person pastes: understood, or told what to paste instead. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { readPaste } from '../../src/sign-in/pasted-address.js';

const REDIRECT = 'http://127.0.0.1:43210/oauth2callback';
const QUERY = 'state=abc-123&iss=https%3A%2F%2Faccounts.google.com&code=4%2F0AbCdEfGhIjK&scope=x';

const read = (text: string) => readPaste(text, REDIRECT);

function parametersOf(text: string): Record<string, string> {
  const paste = read(text);
  if (paste.kind !== 'answer') throw new Error(`read as ${paste.kind}`);
  return Object.fromEntries(paste.parameters);
}

describe('the address that the browser ended on', () => {
  test.each([
    ['whole', `${REDIRECT}?${QUERY}`],
    ['with spaces around it', `  ${REDIRECT}?${QUERY} `],
    ['in quotes', `"${REDIRECT}?${QUERY}"`],
    ['in angle brackets', `<${REDIRECT}?${QUERY}>`],
    ['broken by the terminal', `${REDIRECT}?${QUERY.slice(0, 20)}\n  ${QUERY.slice(20)}`],
    ['without the scheme, as browsers show it', `${REDIRECT.slice(7)}?${QUERY}`],
    ['as https', `https${REDIRECT.slice(4)}?${QUERY}`],
    ['of localhost', `${REDIRECT.replace('127.0.0.1', 'localhost')}?${QUERY}`],
    ['of localhost, as https', `https://localhost:43210/oauth2callback?${QUERY}`],
    ['of localhost, without the scheme', `localhost:43210/oauth2callback?${QUERY}`],
    ['percent-encoded', encodeURIComponent(`${REDIRECT}?${QUERY}`)],
    ['HTML-escaped', `${REDIRECT}?${QUERY.replaceAll('&', '&amp;')}`],
    ['HTML-escaped by numbers', `${REDIRECT}?${QUERY.replaceAll('&', '&#38;')}`],
    ['its end alone, percent-encoded', encodeURIComponent(QUERY)],
    ['its end alone', `?${QUERY}`],
    ['its end without the question mark', QUERY],
  ])('%s', (_what, text) => {
    expect(parametersOf(text)).toMatchObject({ state: 'abc-123', code: '4/0AbCdEfGhIjK' });
  });

  test('of a refusal', () => {
    expect(parametersOf(`${REDIRECT}?error=access_denied&state=abc`)).toMatchObject({
      error: 'access_denied',
    });
  });
});

describe('the code alone', () => {
  test('is taken as it is, or unescaped', () => {
    expect(read(' 4/0AbCdEfGhIjK ')).toEqual({ kind: 'code', code: '4/0AbCdEfGhIjK' });
    expect(read('4%2F0AbCdEfGhIjK')).toEqual({ kind: 'code', code: '4/0AbCdEfGhIjK' });
    expect(read('100%aBcDeFgHiJ')).toEqual({ kind: 'code', code: '100%aBcDeFgHiJ' });
  });
});

describe('wrong', () => {
  test.each([
    ['nothing', ' \n', 'Nothing was pasted'],
    [
      'Google’s own page',
      'https://accounts.google.com/o/oauth2/v2/auth?state=x',
      'Google’s own page',
    ],
    ['another port', `http://127.0.0.1:1/oauth2callback?${QUERY}`, 'another sign-in'],
    ['https of another port', `https://localhost:1/oauth2callback?${QUERY}`, 'another sign-in'],
    ['no port', `http://localhost/oauth2callback?${QUERY}`, 'another sign-in'],
    ['another path', `http://127.0.0.1:43210/other?${QUERY}`, 'another sign-in'],
    ['another host', `https://evil.example/oauth2callback?${QUERY}`, 'another sign-in'],
    ['an address that was cut off', `${REDIRECT}?state=abc`, 'missing'],
    ['an address that is none', 'http://', 'not whole'],
    ['a few words', 'yes it says done', 'neither the address nor the code'],
    ['something short', 'y', 'neither the address nor the code'],
  ])('%s', (_what, text, why) => {
    const paste = read(text);
    expect(paste).toMatchObject({ kind: 'wrong', why: expect.stringContaining(why) });
  });

  test('never fails, whatever is pasted', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.webUrl({ withQueryParameters: true })), (text) => {
        expect(['answer', 'code', 'wrong']).toContain(read(text).kind);
      }),
    );
  });
});
