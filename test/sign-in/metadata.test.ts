/** Where codes and tokens may go: Google's own hosts, or, in a rehearsal, nowhere but this computer. */

import { describe, expect, test } from '@jest/globals';
import { chooseIssuer } from '../../src/google/issuer.js';
import { checkedMetadata } from '../../src/google/metadata.js';

const GOOGLE = {
  issuer: 'https://accounts.google.com',
  authorization_endpoint: 'https://accounts.google.com/o/oauth2/v2/auth',
  token_endpoint: 'https://oauth2.googleapis.com/token',
  revocation_endpoint: 'https://oauth2.googleapis.com/revoke',
  jwks_uri: 'https://www.googleapis.com/oauth2/v3/certs',
};

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'jwks_uri',
] as const;

const EVIL = [
  'https://evilgoogle.com/token',
  'https://google.com.evil.example/token',
  'https://googleapis.com.evil.example/token',
  'https://evil.example/google.com',
  'https://oauth2.googleapis.com@evil.example/token',
  'http://oauth2.googleapis.com/token',
  'http://127.0.0.1:8080/token',
];

describe('the real Google', () => {
  const google = chooseIssuer(undefined);

  test('is taken as it is', () => {
    expect(checkedMetadata(google, GOOGLE)).toMatchObject({
      tokenEndpoint: GOOGLE.token_endpoint,
      jwksUri: GOOGLE.jwks_uri,
    });
  });

  test.each(ENDPOINTS.flatMap((name) => EVIL.map((address) => [name, address] as const)))(
    'has no %s at %s',
    (name, address) => {
      const tampered = () => checkedMetadata(google, { ...GOOGLE, [name]: address });
      expect(tampered).toThrow(expect.objectContaining({ code: 'google-unavailable' }));
    },
  );

  test('is not another issuer', () => {
    const other = { ...GOOGLE, issuer: 'https://evil.example' };
    expect(() => checkedMetadata(google, other)).toThrow(/did not answer as/);
  });
});

test.each(ENDPOINTS)('a stand-in names no %s on another computer', (name) => {
  const origin = 'http://127.0.0.1:4000';
  const own = Object.fromEntries(ENDPOINTS.map((one) => [one, `${origin}/${one}`]));
  const standIn = chooseIssuer(origin);
  const metadata = { issuer: origin, ...own };
  expect(checkedMetadata(standIn, metadata)).toMatchObject({ issuer: origin });
  for (const address of ['https://oauth2.googleapis.com/token', 'http://127.0.0.1.evil.example/']) {
    const tampered = () => checkedMetadata(standIn, { ...metadata, [name]: address });
    expect(tampered).toThrow(expect.objectContaining({ code: 'invalid-settings' }));
  }
});
