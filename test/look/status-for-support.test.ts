/** What support asks for on the phone, in memory. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import { aSite, GMAIL } from '../sites/a-site.js';
import { MemorySites, openGate } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const home = mkdtempSync(join(tmpdir(), 'support-'));
afterAll(() => rmSync(home, { recursive: true }));

const LONG = `${'practice'.repeat(7)}@${'a-long-domain.'.repeat(5)}example`;
const ID = '123456789012-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com';

async function support(expected: Partial<World>, sites = new MemorySites()) {
  const heard = new Heard();
  const world = twin({}, { sites, heard });
  const environment = { ...world.environment, home, credentials: 'vault' as const };
  const error = await runIn({ ...world, environment, ...expected }, 'status', '--for-support');
  expect(error).toBeNull();
  return { text: heard.lines.join('\n'), facts: heard.results.at(-1) };
}

const longStore = (sites: MemorySites) => async () => ({
  ...sites.viewOf('run', openGate, async () => undefined),
  description: `the settings folder /home/${'jane-'.repeat(20)}/writeupp-mail`,
});

test('can be read aloud: which site, which account, no word of over 40 characters', async () => {
  const sites = new MemorySites();
  sites.put(aSite({ gmail: { ...GMAIL, email: LONG } }));
  const { text, facts } = await support(
    { client: async () => ({ id: ID, secret: null }) as never, sites: longStore(sites) },
    sites,
  );
  for (const word of text.split(/\s+/)) expect(word.length).toBeLessThanOrEqual(40);
  expect(text).toMatch(/Site +harbour-physio\n +Email goes by +Gmail\n/);
  expect(text).toContain('of project 123456789012');
  expect(text.replace(/\s+/g, '')).toContain(LONG);
  expect(facts).toMatchObject({ client: ID, site: 'harbour-physio', pathway: 'gmail' });
});

test('tells what can’t be read by its code, and no site of several', async () => {
  const sites = new MemorySites();
  for (const name of ['one', 'two']) sites.put(aSite({ name }));
  const noClient = new MailError('no-oauth-client', 'None.', 'Ask.');
  const { text } = await support({ client: () => Promise.reject(noClient) }, sites);
  expect(text).toContain('no-oauth-client');
  expect(text).not.toMatch(/^ *Site /m);
});
