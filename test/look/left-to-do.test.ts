/** What every view says of a site whose switch is done here, and not yet in WriteUpp itself; in memory. */

import { describe, expect, test } from '@jest/globals';
import { tellWhere } from '../../src/look/where.js';
import type { Site } from '../../src/sites/site.js';
import { aSite, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const REVERTED = '2026-11-20T10:05:00.000Z';
const SWITCHED = { gmail: GMAIL, smtpRevertedAt: REVERTED };
const DONE = { ...SWITCHED, doneInWriteUpp: '2026-11-20T11:00:00.000Z' };

function computer(...given: readonly Partial<Site>[]) {
  const [sites, heard] = [new MemorySites(), new Heard()];
  for (const [index, site] of given.entries())
    sites.put(aSite({ name: `site-${index + 1}`, ...site }));
  return { heard, world: twin({}, { sites, heard }) };
}

async function bare(...given: readonly Partial<Site>[]) {
  const { heard, world } = computer(...given);
  await tellWhere(world, {});
  return { text: heard.lines.join('\n'), lines: heard.lines, facts: heard.results.at(-1) };
}

describe('the program called alone', () => {
  test.each<[what: string, site: Partial<Site>, words: RegExp, next: string]>([
    ['SMTP', { smtp: SMTP }, /No Gmail account/, 'migrate'],
    ['SMTP in front', { smtp: SMTP, gmail: GMAIL }, /still goes by the SMTP/, 'migrate'],
    ['switched here', SWITCHED, /left to do in WriteUpp itself/, 'status'],
    ['signed out after', { smtpRevertedAt: REVERTED }, /left to do in WriteUpp itself/, 'status'],
    ['never tested', { gmail: { ...GMAIL, test: null } }, /No test message/, 'status'],
    [
      'did not arrive',
      { ...DONE, gmail: { ...GMAIL, test: { ...TEST_MESSAGE, arrival: 'denied' } } },
      /did not arrive/,
      'status',
    ],
    [
      'refused by Google',
      {
        ...DONE,
        gmail: { ...GMAIL, refusals: [{ at: GMAIL.usedAt, reason: 'revoked-or-expired' }] },
      },
      /no longer accepts/,
      'status',
    ],
  ])('does not call it done: %s', async (_what, site, words, next) => {
    const { text, lines } = await bare(site);
    expect(text).not.toMatch(/\bDone:/);
    expect(text).toMatch(words);
    expect(text).toContain(`writeupp-mail ${next}\n`);
    expect(lines.length).toBeLessThanOrEqual(6);
  });

  test('calls it done once it is done in WriteUpp too', async () => {
    const { text, facts } = await bare(DONE);
    expect(text).toMatch(/^Done: email of .* goes by Gmail/);
    expect(facts).toMatchObject({ leftToDo: [], doneInWriteUpp: DONE.doneInWriteUpp });
  });

  test('gives scripts what is left, of one site and of many', async () => {
    const one = await bare(SWITCHED);
    expect(one.facts).toMatchObject({ leftToDo: ['sign-in', 'test-connection', 'revert-smtp'] });
    const many = await bare(SWITCHED, DONE, { smtp: SMTP });
    expect(many.text).toContain('To be switched in WriteUpp itself too: 1.');
    expect(many.facts).toMatchObject({ sites: 3, leftToDo: 1 });
    expect(many.lines.length).toBeLessThanOrEqual(6);
  });
});

test.each([
  ['status', '--site', 'site-1'],
  ['site', 'show', 'site-1'],
  ['site', 'set', 'site-1', '--organisation', 'Quay'],
  ['sign-out', '--site', 'site-1', '--keep-grant', '--yes'],
  ['revert-smtp', '--site', 'site-1', '--yes'],
])('is said and given by: %s %s %s', async (...words) => {
  const { heard, world } = computer(SWITCHED);
  expect(await runIn({ ...world, options: {} }, ...words)).toBeNull();
  expect(heard.lines.join('\n')).toContain('Left to do in WriteUpp, in this order:');
  expect(heard.results.at(-1)?.leftToDo).toContain('revert-smtp');
});

describe('a command in a hint', () => {
  const hintsOf = async (sites: readonly Partial<Site>[], ...words: string[]) => {
    const { heard, world } = computer(...sites);
    expect(await runIn(world, ...words)).toBeNull();
    return JSON.stringify(heard.results.map(({ attention }) => attention));
  };
  const sites = [{ smtp: SMTP }, SWITCHED];

  test.each([[['status', '--all', '--json']], [['status', '--json']], [['site', 'show']]])(
    'does not name the only site: %j',
    async (words) => {
      expect(await hintsOf(sites.slice(0, 1), ...words)).toMatch(/writeupp-mail migrate"/);
      expect(await hintsOf(sites.slice(1), ...words)).toMatch(/status --done-in-writeupp"/);
    },
  );

  test('names one of several', async () => {
    expect(await hintsOf(sites, 'status', '--all', '--json')).toMatch(
      /migrate --site site-1"[\s\S]*status --site site-2 --done-in-writeupp"/,
    );
  });
});
