/** The SMTP password of a site, for the check and for sending alike. */

import { expect, test } from '@jest/globals';
import { storedSmtpPassword } from '../../../src/checks/check-site.js';
import type { SecretReader } from '../../../src/sites/secrets.js';
import type { Site } from '../../../src/sites/site.js';
import { aSite } from '../../sites/a-site.js';

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
