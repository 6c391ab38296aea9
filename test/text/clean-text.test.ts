/** Text from outside is shown as one plain line without secrets. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { cleanText } from '../../src/text/clean-text.js';

describe('secrets', () => {
  const long = 'abcDEF123_-'.repeat(4);
  test.each([
    ['an access token', 'ya29.a0ARrdaM-x_y', 'a0ARrdaM'],
    ['a refresh token', 'token 1//0gAbC-dEf', '0gAbC'],
    ['a refresh token in a URL', 'u?x=1%2F%2F0gAbC-dEf', '0gAbC'],
    ['a code', 'the code 4/0AX4XfWg-abc.', '0AX4'],
    ['a code in a URL', '4%2F0AX4XfWg', '0AX4'],
    ['a JWT', 'eyJhbGciOi.eyJzdWIi.c2ln', 'eyJ'],
    ['a client secret', 'GOCSPX-abc_def', 'abc_def'],
    ['a bearer header', 'Authorization: Bearer abc.def', 'abc'],
    ['a long run', `x ${long} y`, long],
    ['a form field', 'grant_type=x&code_verifier=ver.ifier&z=1', 'ver.ifier'],
    ['a quoted form field', 'client_secret = "hush"', 'hush'],
    ['a password', 'password=hunter2', 'hunter2'],
    ['a JSON field', '{"refresh_token":"short one","a":1}', 'short one'],
    ['a token named in a longer word', 'my_access_token=zzz', 'zzz'],
  ])('%s goes', (_name, text, secret) => {
    expect(cleanText(text)).not.toContain(secret);
    expect(cleanText(text)).toContain('[removed]');
  });

  test.each([
    'Token has been expired or revoked.',
    'Error code: 400',
    'on 12/4/2026 at 24/7',
    '123456789012-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com',
    'https://console.developers.google.com/apis/api/gmail.googleapis.com/overview?project=123456789012',
    'User-rate limit exceeded. Retry after 2026-09-11T20:00:00.000Z',
  ])('%s stays', (text) => {
    expect(cleanText(text)).toBe(text);
  });
});

describe('form', () => {
  test('a web page keeps its title and first words', () => {
    const page =
      '<!DOCTYPE html><html><head><title>Error 502 (Server Error)!!1</title><style>p{}</style></head><script>evil()</script><p>The server&#39;s &lt;busy&gt;.';
    expect(cleanText(page)).toBe("Error 502 (Server Error)!!1: The server's <busy>.");
  });

  test('escapes, controls and hidden marks go', () => {
    expect(
      cleanText('\u001b[31mred\u001b[0m\u001b]0;title\u0007 a\r\nb\tc\u0000\u202ed\u200be'),
    ).toBe('red a b c d e');
    expect(cleanText('<p>&#27;[31mred</p>')).not.toContain('\u001b');
  });

  test('the length is kept', () => {
    expect(cleanText('word '.repeat(100), { maxLength: 10 })).toBe('word word…');
  });

  test('any text becomes one line without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const clean = cleanText(text, { maxLength: 1000 });
        expect(clean).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
      }),
    );
  });

  test('a page of megabytes takes no time', () => {
    const before = process.cpuUsage();
    cleanText(`<html>${'<a'.repeat(2_000_000)}`);
    cleanText('token'.repeat(1_000_000));
    cleanText('<title'.repeat(1_000_000));
    // The processor's time, in microseconds: other programs take none of it.
    expect(process.cpuUsage(before).user).toBeLessThan(4e6);
  });
});
