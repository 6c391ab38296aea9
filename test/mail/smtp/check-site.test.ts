/** The SMTP password of a site, for the check and for sending alike. */

import { expect, test } from '@jest/globals';
import { storedSmtpPassword } from '../../../src/checks/check-site.js';
import { checkSmtp } from '../../../src/checks/check-smtp.js';
import type { SecretReader } from '../../../src/sites/secrets.js';
import type { Site } from '../../../src/sites/site.js';
import { aSite } from '../../sites/a-site.js';
import { startSmtpServer } from '../../support/mail-server.js';

const SMTP = { host: 'x.example', port: 587, security: 'starttls' as const, from: null };
const without: SecretReader = {
  kind: 'vault',
  description: 'the vault',
  get: async () => null,
};

test.each<[string, Partial<NonNullable<Site['smtp']>>]>([
  ['none was ever stored', { password: null }],
  ['the store lost it', { password: { slot: 'a', id: 'password-1' } }],
])('%s: the settings lack something, and nothing refused anything', async (_name, password) => {
  const smtp = { ...SMTP, user: 'info', ...password } as NonNullable<Site['smtp']>;
  await expect(
    storedSmtpPassword(aSite({ smtp }), smtp, async () => without),
  ).rejects.toMatchObject({
    code: 'invalid-settings',
    exitCode: 2,
    hint: expect.stringContaining('--smtp-password-stdin'),
  });
});

test('a server that asks for none needs none', async () => {
  const smtp = { ...SMTP, user: null, password: null } as NonNullable<Site['smtp']>;
  expect(await storedSmtpPassword(aSite({ smtp }), smtp, async () => without)).toBeNull();
});

/** WRITEUPP_MAIL_SERVER can name a user without a password. */
test.each([
  ['jane', 'a password', 'log-in-accepted'],
  ['jane', null, 'reached-only'],
  [null, null, 'reached-only'],
])('by the user %s and the password %s, what is proven is: %s', async (user, password, proven) => {
  const login = { user: 'jane', password: 'a password' };
  const server = await startSmtpServer({ security: 'none', login });
  const address = { host: '127.0.0.1', port: server.port, security: 'none' as const, user };
  const { signal } = new AbortController();
  const proof = await checkSmtp(address, password, 'harbour-physio', signal);
  await server.close();
  expect(proof).toBe(proven);
});
