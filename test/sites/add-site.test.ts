/** A new site on record: never over one that is there, but for what a killed run of the very same command left. */

import { beforeEach, describe, expect, test } from '@jest/globals';
import { addSite } from '../../src/sites/hold.js';
import { smtpPassword } from '../../src/sites/secrets.js';
import { MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { twin } from '../support/twin.js';
import { aSite, GMAIL, SMTP } from './a-site.js';

let sites: MemorySites;
let secrets: MemorySecrets;

beforeEach(() => {
  sites = new MemorySites();
  secrets = new MemorySecrets();
});

const WANTED = aSite({ smtp: { ...SMTP, password: null } });

function add(password: string | null, site = WANTED) {
  const nobodyElse = () => Promise.reject(new Error('nobody else is here'));
  const world = twin({
    sites: async () => sites.viewOf('run', openGate, nobodyElse),
    secrets: async () => secrets.viewOf('run', openGate),
  });
  return addSite(site, password, world);
}

const storedPassword = async () => {
  const site = sites.get(WANTED.name);
  return site === null ? null : smtpPassword(site, secrets.viewOf('run', openGate));
};

describe('over a site that is there', () => {
  test.each([
    ['connected to Gmail, without SMTP settings', aSite({ gmail: GMAIL, credentials: 'vault' })],
    [
      'with these SMTP settings, connected too',
      { ...WANTED, gmail: GMAIL, credentials: 'vault' as const },
    ],
    [
      'with other SMTP settings that have no password',
      aSite({ smtp: { ...SMTP, host: 'other.example', password: null } }),
    ],
    ['of another practice', { ...WANTED, organisation: 'Another' }],
    ['with a password', aSite({ smtp: SMTP, credentials: 'vault' })],
  ])('%s: refused, and as it was', async (_name, there) => {
    sites.put(there);
    await expect(add('the password')).rejects.toMatchObject({ code: 'invalid-settings' });
    expect(sites.get(WANTED.name)).toEqual(there);
    expect(secrets.of(WANTED.name).size).toBe(0);
  });

  test('the same without a password: refused', async () => {
    sites.put(WANTED);
    await expect(add(null)).rejects.toMatchObject({ code: 'invalid-settings' });
  });
});

test('what a killed run of the same command left is finished', async () => {
  sites.put(WANTED);
  await add('the password');
  expect(await storedPassword()).toBe('the password');
});
