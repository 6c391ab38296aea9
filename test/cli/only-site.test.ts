/** No command that a person is to type names the only site on record, on whichever road it is said: in memory. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { siteChecks } from '../../src/doctor/site-checks.js';
import { EndedWith, MailError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import type { Site } from '../../src/sites/site.js';
import { aSite, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

const MESSAGE =
  'From: info@harbour-physio.example\nTo: jane@harbour-physio.example\nSubject: A\n\nB\n';
const NAME = 'harbour-physio';
const PERSON = person([[/./, false]]);
const BY_GMAIL: Partial<Site> = { gmail: GMAIL };
const NOT_ARRIVED: Partial<Site> = {
  smtp: SMTP,
  gmail: { ...GMAIL, test: { ...TEST_MESSAGE, arrival: 'denied' } },
};
const client = async () => ({ id: 'the-client', secret: null });

type Road = readonly [words: readonly string[], site: Partial<Site>, expected?: Partial<World>];

const ROADS: readonly Road[] = [
  [['status'], { smtp: SMTP }],
  [['status', '--json'], BY_GMAIL],
  [['status', '--json', '--all'], BY_GMAIL],
  [['status', '--ends'], BY_GMAIL],
  [['status', '--ends', '--json'], BY_GMAIL],
  [['status', '--ends', '--json', '--all'], BY_GMAIL],
  [['status', '--check'], BY_GMAIL],
  [['status', '--check', '--json'], NOT_ARRIVED],
  [['site', 'show'], { smtp: SMTP }],
  [['revert-smtp'], { smtp: SMTP }, { ask: PERSON }],
  [['revert-smtp'], NOT_ARRIVED, { ask: PERSON }],
  [['revert-smtp', '--require-gmail', '--yes'], NOT_ARRIVED],
  [['migrate', '--dry-run', '--yes'], { smtp: SMTP }],
  [['migrate', '--all', '--yes', '--json'], { smtp: SMTP }],
  [['test-connection', '--yes'], { smtp: SMTP }],
];

/** All that was said and given, with the error that it ended with. */
async function said(
  [words, site, expected]: Road,
  isOnly: boolean,
  naming = !isOnly && !words.includes('--all'),
): Promise<string> {
  const { heard, world } = computer(site, isOnly, expected);
  const error = await runIn(world, ...words, ...(naming ? ['--site', NAME] : []));
  if (error !== null && !(error instanceof MailError || error instanceof EndedWith)) throw error;
  const ended = error instanceof MailError ? [error.message, error.hint] : [];
  return JSON.stringify([heard.lines, heard.notes, heard.results, ended]);
}

function computer(site: Partial<Site>, isOnly: boolean, expected: Partial<World> = {}) {
  const [sites, heard] = [new MemorySites(), new Heard()];
  sites.put(aSite({ name: NAME, ...site }));
  if (!isOnly) sites.put(aSite({ name: 'quay-osteopathy', smtp: SMTP }));
  return { heard, world: twin({ client, ...expected }, { sites, heard }) };
}

const COMMAND = /writeupp-mail (?!site )[a-z-]+ --site harbour-physio/;

describe('a command to type', () => {
  test.each(ROADS)('%j', async (...road) => {
    expect(await said(road, true)).not.toContain('--site');
    expect(await said(road, false)).toMatch(COMMAND);
  });

  test.each<[only: string, isOnly: boolean]>([
    ['the only site', true],
    ['one of several', false],
  ])('doctor --site: %s', async (_only, isOnly) => {
    const { world } = computer(NOT_ARRIVED, isOnly);
    const hints: string[] = [];
    for (const check of siteChecks(world, NAME)) {
      if (check.isDue?.() === false) continue;
      hints.push((await check.run(world.signal))?.hint ?? '');
    }
    const named = hints.filter((hint) => COMMAND.test(hint));
    // The record, the connection and the SMTP server each have one.
    expect(named.length).toBe(isOnly ? 0 : 3);
    if (isOnly) expect(hints.join('\n')).not.toContain('--site');
  });

  test.each([
    ['the only site', true],
    ['one of several', false],
  ])('site move, of one whose secrets are elsewhere: %s', async (_only, isOnly) => {
    const { world } = computer({ smtp: SMTP, credentials: null }, isOnly);
    const places = [world, twin()];
    const place = async () => {
      const next = places.shift() ?? world;
      return { store: await next.sites(), credentials: next.secrets } as never;
    };
    const error = await runIn({ ...world, place }, 'site', 'move', '--to', '/elsewhere', NAME);
    expect(error).toMatchObject({
      code: 'invalid-settings',
      hint: expect.stringContaining(`sign-in${isOnly ? ',' : ` --site ${NAME},`}`),
    });
  });

  test.each([
    ['the only site', true],
    ['one of several', false],
  ])('beside a message in a spool: %s', async (_only, isOnly) => {
    const folder = await mkdtemp(join(tmpdir(), 'only-site-'));
    await mkdir(join(folder, 'new'));
    await writeFile(join(folder, 'new', 'one.eml'), MESSAGE);
    const text = await said([['send', '--batch', folder, '--settle', '0'], BY_GMAIL], isOnly);
    await rm(folder, { recursive: true });
    expect(text).toContain('one.eml');
    if (isOnly) expect(text).not.toContain('--site');
    else expect(text).toMatch(COMMAND);
  });
});
