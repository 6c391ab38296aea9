/** The program called alone, and what else says that there is no site: in the words of where the records are. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { rememberSpool } from '../../src/kit/spools.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { aSite, GMAIL, SMTP } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

async function answers(
  words: readonly string[],
  {
    sites = new MemorySites(),
    can = {},
    site = undefined as string | undefined,
    home = '/nowhere',
  } = {},
) {
  const heard = new Heard();
  const plain = twin({}, { sites, heard });
  const store: SiteStore = await plain.sites();
  const environment = Object.assign(Object.create(plain.environment), { site, home });
  const world = {
    ...plain,
    environment,
    sites: async () => ({ ...store, can: { ...store.can, ...can } }),
  };
  const ended = await runIn(world, ...words);
  expect(ended).toBeNull();
  return { said: [...heard.lines, ...heard.notes].join('\n'), facts: heard.results.at(-1) };
}

function shared(): MemorySites {
  const sites = new MemorySites();
  sites.isShared = true;
  return sites;
}

describe('the command to run next', () => {
  const sites = new MemorySites();
  sites.put(aSite({ name: 'first', gmail: GMAIL }));
  sites.put(aSite({ name: 'second', smtp: SMTP }));

  test.each([
    ['first', 'status'],
    ['second', 'migrate'],
  ])('names the site that --site named: %s', async (name, command) => {
    const { said, facts } = await answers(['--site', name], { sites });
    expect(said).toContain(`Next:          writeupp-mail ${command} --site ${name}\n`);
    expect(facts).toMatchObject({ next: `writeupp-mail ${command} --site ${name}` });
  });

  test('does not name the one of WRITEUPP_MAIL_SITE, nor the only one', async () => {
    expect((await answers([], { sites, site: 'second' })).facts).toMatchObject({
      next: 'writeupp-mail migrate',
    });
    const one = new MemorySites();
    one.put(aSite({ smtp: SMTP }));
    expect((await answers(['--site', 'harbour-physio'], { sites: one })).facts).toMatchObject({
      next: 'writeupp-mail migrate',
    });
  });
});

describe('where no site is on record', () => {
  const ROADS = [[[]], [['status', '--all']], [['site', 'list']]];

  test.each(ROADS)('on this computer: %j', async (words) => {
    const { said } = await answers(words);
    expect(said).toContain('No site is on record on this computer.');
    expect(said).toMatch(/writeupp-mail (?:site add NAME --login ADDRESS$|migrate\n)/);
  });

  test.each(ROADS)('in a store that several computers share: %j', async (words) => {
    const { said } = await answers(words, { sites: shared() });
    expect(said).toContain('No site is on record in memory.');
  });

  test.each(ROADS)('where none can be added, nobody is told to: %j', async (words) => {
    const { said } = await answers(words, { sites: shared(), can: { addSites: false } });
    expect(said).toContain('There is no site in memory that this token can see.');
    expect(said).toContain('Ask the person who gave you the token');
    expect(said).not.toMatch(/site add|migrate/);
    expect(said.split('\n').length).toBeLessThanOrEqual(6);
  });
});

test.each([
  [new MemorySites(), 'on this computer'],
  [shared(), 'in memory'],
])('several are counted where they are (%#)', async (sites, where) => {
  for (const name of ['a', 'b']) sites.put(aSite({ name }));
  expect((await answers([], { sites })).said).toMatch(`2 sites are on record ${where}.`);
});

describe('a site that is switched here and in WriteUpp', () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'where-'));
  });
  afterEach(() => rm(home, { recursive: true }));
  const sites = new MemorySites();
  sites.put(aSite({ gmail: GMAIL, doneInWriteUpp: '2026-11-20T11:00:00.000Z' }));

  test('is done', async () => {
    expect((await answers([], { sites, home })).said).toMatch(/^Done: email of /);
  });

  test('is not called done while its messages wait in a spool that nothing empties', async () => {
    const spool = join(home, 'spool');
    await mkdir(join(spool, 'new'), { recursive: true });
    await writeFile(join(spool, 'new', 'one'), 'To: jane@practice.example\r\n\r\n');
    await rememberSpool(home, 'harbour-physio', spool);
    const { said, facts } = await answers([], { sites, home });
    expect(said).not.toContain('Done');
    expect(said).toContain(`1 message waits in the spool ${spool}`);
    expect(facts).toMatchObject({ attention: [{ code: 'spool-not-emptied' }] });
  });
});
