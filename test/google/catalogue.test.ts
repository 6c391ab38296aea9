/** Every row of the catalogue, met with Google's exact words. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CATALOGUE, catalogueEntry } from '../../src/google/catalogue/index.js';
import { explainFailure, explainGoogleError } from '../../src/google/explain.js';
import { authorizeFailure, readFailure } from '../../src/google/failure.js';
import { GMAIL_CASES } from './gmail-cases.js';
import { NOW } from './http-case.js';
import { NETWORK_CASES } from './network-cases.js';
import { PAGE_CASES } from './page-cases.js';
import { RefusingServer, SECRETS } from './real-refusal.js';
import { SERVICE_ACCOUNT_CASES } from './service-account-cases.js';
import { TOKEN_CASES } from './token-cases.js';

const HTTP_CASES = [...TOKEN_CASES, ...SERVICE_ACCOUNT_CASES, ...GMAIL_CASES, ...PAGE_CASES];
const server = new RefusingServer();
const seen = new Set<string>();
beforeAll(() => server.start());
afterAll(() => server.stop());

/** Clean answers carry the right time, so that no case is about the clock by accident. */
const headers = { date: NOW.toUTCString() };

describe('an answer of Google', () => {
  test.each(HTTP_CASES.map((one) => [one.id, one.operation, one.status, one] as const))(
    '%s (%s, HTTP %i)',
    async (id, operation, _status, one) => {
      const error = await server.error(operation, { headers, ...one });
      const facts = { now: NOW, ...one.facts };
      const explained = explainGoogleError(error, operation, facts);
      seen.add(catalogueEntry(readFailure(error, operation), facts).id);
      expect(catalogueEntry(readFailure(error, operation), facts).id).toBe(id);
      expect(explained.code).toBe(one.code);
      if (one.details !== undefined) expect(explained.details).toEqual(one.details);
      expect(explained.hint).toMatch(
        /^(?:Nothing was sent\.\n)?(?:Who can fix this|Nobody has to)/,
      );
      for (const secret of Object.values(SECRETS)) {
        expect(everythingIn(explained)).not.toContain(secret);
      }
    },
  );
});

describe('a connection that failed', () => {
  test.each(NETWORK_CASES.map((one) => [one.id, one.operation, one.networkCode, one] as const))(
    '%s (%s, %s)',
    (id, operation, networkCode, one) => {
      const syscall = one.reason.split(' ')[0];
      const error = Object.assign(new Error(one.reason), { code: networkCode, syscall });
      seen.add(catalogueEntry(readFailure(error, operation), { now: NOW }).id);
      expect(catalogueEntry(readFailure(error, operation), { now: NOW }).id).toBe(id);
      const explained = explainGoogleError(error, operation, { now: NOW });
      expect(explained.code).toBe(one.code);
      expect(explained.details.sent).toBe(one.sent);
    },
  );

  test('an inspected connection names the setting that fixes it', () => {
    const error = Object.assign(new Error('x'), { code: 'SELF_SIGNED_CERT_IN_CHAIN' });
    expect(explainGoogleError(error, 'discover').hint).toContain('NODE_EXTRA_CA_CERTS');
  });
});

describe('an error on the redirect', () => {
  test.each([
    ['access_denied', 'consent-denied', 'consent-denied', 3],
    ['admin_policy_enforced', 'admin-policy-enforced', 'admin-policy', 1],
    ['org_internal', 'org-internal', 'admin-policy', 1],
    ['redirect_uri_mismatch', 'client-wrong-redirect', 'invalid-oauth-client', 2],
    ['deleted_client', 'client-deleted', 'invalid-oauth-client', 2],
    ['disallowed_useragent', 'browser-not-secure', 'sign-in-timeout', 4],
    ['invalid_client', 'client-not-found', 'invalid-oauth-client', 2],
    ['invalid_request', 'page-invalid-request', 'invalid-oauth-client', 2],
    ['invalid_scope', 'scope-unknown', 'internal', 1],
    ['invalid_grant', 'code-challenge-wrong', 'internal', 1],
    ['server_error', 'google-unavailable', 'google-unavailable', 5],
    ['temporarily_unavailable', 'google-unavailable', 'google-unavailable', 5],
    ['never_heard_of', 'unknown', 'internal', 1],
  ])('%s', (value, id, code, exitCode) => {
    const failure = authorizeFailure(value, 'words');
    seen.add(catalogueEntry(failure, { now: NOW }).id);
    expect(catalogueEntry(failure, { now: NOW }).id).toBe(id);
    expect(explainFailure(failure)).toMatchObject({ code, exitCode });
    expect(explainFailure(failure).hint).toContain(value);
  });
});

describe('the catalogue as a whole', () => {
  test('has no row that these cases miss, but those proven with real parts elsewhere', () => {
    const elsewhere = [
      // failure.test.ts
      'proxy-refused',
      'proxy-cannot-reach',
      'proxy-unreachable',
      'tls-failed',
      'no-saved-permission',
      // test/cli/delegation.test.ts
      'delegation-scope',
      'delegation-account-gone',
      'delegation-account-restricted',
      'delegation-denied-scope',
      'service-account-disabled',
      'service-account-internal',
      'signing-api-disabled',
      'signing-not-allowed',
      'signing-no-such-account',
      'application-default-refused',
      // page-refusals.test.ts
      'not-a-test-user',
      'unverified-app',
      'app-blocked',
      'advanced-protection',
      'none-of-these',
    ];
    const missed = CATALOGUE.map(({ id }) => id).filter((id) => !seen.has(id));
    expect(missed.sort()).toEqual(elsewhere.sort());
  });

  test('names each row once', () => {
    const ids = CATALOGUE.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('speaks without the words of the trade', () => {
    for (const { what, hint } of CATALOGUE) {
      expect([what, ...hint].join(' ')).not.toMatch(
        /refresh token|access token|\bOAuth\b|scope|credential|grant|endpoint|payload/i,
      );
    }
  });

  test('keeps the saved permission, and says so, where only the client is refused', () => {
    const rows = CATALOGUE.filter(
      ({ id }) => id.startsWith('client-') && id !== 'client-not-authorized',
    );
    expect(rows.length).toBeGreaterThan(5);
    for (const { hint } of rows)
      expect(hint.join(' ')).toContain('saved permission to send is kept');
  });
});

/** Everything that a reporter, a log or a stack trace could show. */
function everythingIn(error: Error & { hint: string; details: unknown }): string {
  return [
    error.message,
    error.hint,
    JSON.stringify(error.details),
    error.stack,
    String(error.cause),
  ].join('\n');
}
