/** What a failure means for a site: “untouched” is said where it is so, and never where it can’t be known. */

import { describe, expect, test } from '@jest/globals';
import { MailError } from '../../src/errors.js';
import { explainForSite } from '../../src/kit/explain-for-site.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { twin } from '../support/twin.js';

const failure = new MailError('network', 'The database does not answer.', 'Try again.');
const before = aSite({ smtp: SMTP });

async function hintOf(sites: MemorySites, thrown = failure): Promise<string> {
  const error = await explainForSite(thrown, twin({}, { sites }), before.name, before);
  return (error as MailError).hint;
}

test('what is still there is called untouched', async () => {
  const sites = new MemorySites();
  sites.put(before);
  expect(await hintOf(sites)).toBe('Your SMTP settings are untouched.\nTry again.');
});

test('what can’t be read after a change was tried is not', async () => {
  const sites = new MemorySites();
  sites.damage(before.name);
  const hint = await hintOf(sites);
  expect(hint).not.toContain('untouched');
  expect(hint).toMatch(/^What is on record can’t be read now, so it is not known whether/);
});

describe('a secret that stayed as it was', () => {
  test.each<[what: string, now: Parameters<typeof aSite>[0], isAll: boolean]>([
    ['as the whole site did', { smtp: SMTP }, true],
    ['after the SMTP settings had gone', {}, false],
    ['after an account was connected', { smtp: SMTP, gmail: GMAIL }, false],
  ])('%s', async (_what, now, isAll) => {
    const sites = new MemorySites();
    sites.put(aSite(now));
    const hint = await hintOf(sites, failure.with({ details: { secretChanged: 'no' } }));
    expect(hint.includes('Nothing was changed.')).toBe(isAll);
    expect(hint.includes('Before that,')).toBe(!isAll);
  });
});
