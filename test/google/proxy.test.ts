/** The proxy variables, as curl reads them. */

import { describe, expect, test } from '@jest/globals';
import { proxyOptions } from '../../src/google/proxy.js';

const GOOGLE = 'https://gmail.googleapis.com/gmail/v1/users/me/messages/send';

/** The proxy that a request would go through, or null. */
function proxyFor(url: string, variables: NodeJS.ProcessEnv): string | null {
  const { proxy, noProxy } = proxyOptions(variables);
  return proxy === undefined || noProxy.some((rule) => rule.test(new URL(url).toString()))
    ? null
    : proxy;
}

describe('the proxy', () => {
  test.each<[NodeJS.ProcessEnv, string | null]>([
    [{}, null],
    [{ HTTPS_PROXY: 'http://proxy.example:8080' }, 'http://proxy.example:8080/'],
    [{ HTTPS_PROXY: 'proxy.practice.example:8080' }, 'http://proxy.practice.example:8080/'],
    [{ HTTPS_PROXY: '10.0.0.1:3128' }, 'http://10.0.0.1:3128/'],
    [{ HTTPS_PROXY: 'proxy.example' }, 'http://proxy.example:1080/'],
    [{ HTTPS_PROXY: 'https://proxy.example' }, 'https://proxy.example/'],
    [{ HTTPS_PROXY: 'http://jo:p%23@proxy.example:8080/' }, 'http://jo:p%23@proxy.example:8080/'],
    [
      { HTTPS_PROXY: 'http://big.example:1', https_proxy: 'http://small.example:1' },
      'http://small.example:1/',
    ],
    [{ ALL_PROXY: 'http://all.example:1' }, 'http://all.example:1/'],
    [
      { ALL_PROXY: 'http://all.example:1', HTTPS_PROXY: 'http://https.example:1' },
      'http://https.example:1/',
    ],
    [{ HTTPS_PROXY: '', https_proxy: ' ' }, null],
    // What is for http is never for https.
    [{ HTTP_PROXY: 'http://proxy.example:8080', http_proxy: 'http://proxy.example:8080' }, null],
  ])('of %j', (variables, proxy) => {
    expect(proxyFor(GOOGLE, variables)).toBe(proxy);
  });

  test('of HTTP_PROXY is kept from gaxios too, which would take it', () => {
    const { noProxy } = proxyOptions({ HTTP_PROXY: 'http://proxy.example:8080' });
    expect(noProxy.some((rule) => rule.test(GOOGLE))).toBe(true);
  });

  test.each([
    ['socks5://proxy.example:1080', 'SOCKS'],
    ['SOCKS4A://proxy.example:1080', 'SOCKS'],
    ['http://jo:hunter#2@proxy.example:8080', '%23'],
    ['http://jo:12#hunter2@proxy.example:8080', '%23'],
    ['http://jo:hunter?2@proxy.example:8080', '%3F'],
    ['jo:hunter/2@proxy.example:8080', '%2F'],
    ['ftp://proxy.example', 'ftp://'],
    ['http://', 'not the address'],
    ['http://proxy.example:99999', 'not the address'],
  ])('%s is refused, named, and never repeated', (value, words) => {
    expect(() => proxyOptions({ HTTPS_PROXY: value })).toThrow(
      expect.objectContaining({
        code: 'invalid-settings',
        message: expect.stringMatching(new RegExp(`HTTPS_PROXY.*${words}`)),
        hint: expect.not.stringContaining('hunter'),
      }),
    );
    expect(() => proxyOptions({ HTTPS_PROXY: value })).not.toThrow(/hunter/);
  });
});

describe('what no proxy is asked for', () => {
  const HTTPS_PROXY = 'http://proxy.example:8080';

  test.each([
    'http://127.0.0.1:4000/token',
    'http://127.0.0.2:4000/token',
    'http://127.1/x',
    'http://localhost:4000/',
    'http://google.localhost:4000/',
    'http://[::1]:4000/',
  ])('%s is this computer', (url) => {
    expect(proxyFor(url, { HTTPS_PROXY })).toBeNull();
  });

  test.each(['https://127.example/', 'https://localhost.example/', 'https://x.example/127.0.0.1'])(
    '%s is not',
    (url) => {
      expect(proxyFor(url, { HTTPS_PROXY })).not.toBeNull();
    },
  );

  test.each([
    ['*', true],
    ['example.com, *', true],
    ['googleapis.com', true],
    ['.googleapis.com', true],
    ['*.googleapis.com', true],
    ['GoogleAPIs.com.', true],
    ['gmail.googleapis.com', true],
    ['a.example b.example googleapis.com', true],
    ['googleapis.com:443', true],
    ['googleapis.com:8443', false],
    ['apis.com', false],
    ['gmail.googleapis', false],
    ['www.googleapis.com', false],
    ['a.example,,', false],
    ['', false],
    ['gmail.googleapis.com.example', false],
    ['gmail.googleapis.co+m', false],
  ])('NO_PROXY=%s: %s', (NO_PROXY, isException) => {
    expect(proxyFor(GOOGLE, { HTTPS_PROXY, NO_PROXY }) === null).toBe(isException);
  });

  test('a port counts', () => {
    const NO_PROXY = 'google.example:8443';
    expect(proxyFor('https://google.example:8443/x', { HTTPS_PROXY, NO_PROXY })).toBeNull();
    expect(proxyFor('https://google.example/x', { HTTPS_PROXY, NO_PROXY })).not.toBeNull();
  });

  test('small letters come first', () => {
    const variables = { HTTPS_PROXY, NO_PROXY: '*', no_proxy: 'x.example' };
    expect(proxyFor(GOOGLE, variables)).toBe('http://proxy.example:8080/');
  });
});
