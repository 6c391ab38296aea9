/** Rules that every road to a switch keeps, in memory: one site, many, from a file, with a person and without. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { EndedWith, interrupted, MailError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import { aSite, GMAIL, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { MemorySecrets, MemorySites } from '../support/memory-store.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

const NO_CLIENT = new MailError('no-oauth-client', 'There is no Google client file.', 'Ask.');

/** Two practices that send by SMTP. */
function computer(expected: Partial<World> = {}) {
  const [sites, secrets, heard] = [new MemorySites(), new MemorySecrets(), new Heard()];
  for (const name of ['harbour-physio', 'quay-osteopathy']) sites.put(aSite({ name, smtp: SMTP }));
  const before = sites.changes;
  return {
    world: twin(expected, { sites, secrets, heard }),
    heard,
    get changes() {
      return sites.changes - before;
    },
    sites,
  };
}

const withoutClient = { client: () => Promise.reject(NO_CLIENT) };
const codeOf = (error: unknown) =>
  error instanceof MailError ? error.code : error instanceof EndedWith ? error.exitCode : error;

describe('a missing Google client file', () => {
  test.each([
    ['one site', ['migrate', '--site', 'harbour-physio']],
    ['one site, with nobody', ['migrate', '--site', 'harbour-physio', '--yes', '--json']],
    ['one site, foreseen', ['migrate', '--site', 'harbour-physio', '--dry-run']],
    ['all sites', ['migrate', '--all']],
    ['several sites', ['migrate', '--site', 'harbour-physio', '--site', 'quay-osteopathy']],
    ['a client that is not there, for all', ['migrate', '--all', '--yes', '--client', 'x.json']],
    ['signing in', ['sign-in', '--site', 'harbour-physio']],
  ])('is said before any question: %s', async (_road, words) => {
    const here = computer({ ...withoutClient, ask: person([]) });
    expect(codeOf(await runIn(here.world, ...words))).toBe('no-oauth-client');
    expect(here.changes).toBe(0);
  });

  test('is said before it is asked which site', async () => {
    const here = computer({ ...withoutClient, ask: person([]) });
    expect(codeOf(await runIn(here.world, 'migrate'))).toBe('no-oauth-client');
  });
});

describe('a missing keychain', () => {
  const LOCKED = new MailError('keychain-locked', 'The keychain is locked.', 'Unlock it.');
  /** Nobody has a site yet; whoever is asked anything fails. */
  const withoutKeychain = (expected: Partial<World> = {}) => {
    const [sites, heard] = [new MemorySites(), new Heard()];
    const base = twin();
    const locked = { prove: () => Promise.reject(LOCKED), description: 'the keychain' };
    const world = twin(
      {
        client: async () => ({ id: 'the-client', secret: null }),
        environment: Object.assign(Object.create(base.environment), { credentials: 'keychain' }),
        secrets: async () => locked as never,
        ask: person([], heard),
        ...expected,
      },
      { sites, heard },
    );
    return { world, sites, heard };
  };

  test.each([['migrate'], ['sign-in']])('is said before any question: %s', async (command) => {
    const here = withoutKeychain();
    expect(await runIn(here.world, command)).toMatchObject({ message: LOCKED.message });
    expect([here.heard.questions, here.sites.names()]).toEqual([[], []]);
  });

  test('is said together with a client file that is missing', async () => {
    const here = withoutKeychain(withoutClient);
    expect(await runIn(here.world, 'migrate')).toMatchObject({
      code: 'no-oauth-client',
      message: `${NO_CLIENT.message}\n${LOCKED.message}`,
      hint: `${NO_CLIENT.hint}\n${LOCKED.hint}`,
    });
  });

  test.each([[person([])], [null]])('is said before a file is put on record', async (ask) => {
    const folder = await mkdtemp(join(tmpdir(), 'roads-'));
    const file = join(folder, 'site.csv');
    await writeFile(file, 'name,login\nharbour-physio,jane@harbour-physio.example\n');
    const here = withoutKeychain({ ask });
    const error = await runIn(here.world, 'migrate', '--from', file);
    expect(error).toMatchObject({ message: LOCKED.message });
    expect(here.sites.names()).toEqual([]);
    await rm(folder, { recursive: true });
  });
});

test('a client that is refused stops a run over many sites before the first', async () => {
  const other = new MailError('usage', 'Another Google client file is in use.', 'Leave it out.');
  const here = computer({ client: () => Promise.reject(other) });
  const error = await runIn(here.world, 'migrate', '--all', '--yes', '--client', 'other.json');
  expect(codeOf(error)).toBe('usage');
  expect(here.changes).toBe(0);
});

test('the client named is asked for, and so kept, before many sites are switched', async () => {
  let asked = 0;
  const client = async () => {
    asked += 1;
    return { id: 'the-client', secret: null };
  };
  const here = computer({ client });
  await runIn(here.world, 'migrate', '--all', '--yes', '--json', '--client', 'c.json');
  expect(asked).toBe(1);
  expect(here.heard.results.at(-1)).toMatchObject({ total: 2, needsPerson: 2, ok: false });
});

describe('many sites with a person', () => {
  const client = async () => ({ id: 'the-client', secret: null });

  test.each([
    ['Ctrl-C', () => Promise.reject(interrupted())],
    ['Stop', async () => 'stop'],
  ])(
    '%s at the question still tells what became of each, and counts them',
    async (_end, answer) => {
      const ask = person([
        [/^Switch 2 of 2 sites/, true],
        [/^(harbour-physio|quay-osteopathy):$/, answer],
      ]);
      const here = computer({ client, ask });
      await runIn(here.world, 'migrate', '--all');
      expect(here.heard.results).toMatchObject([
        { site: 'harbour-physio', outcome: 'needs-person' },
        { site: 'quay-osteopathy', outcome: 'needs-person' },
        { ok: false, total: 2, needsPerson: 2 },
      ]);
    },
  );

  test('who is asked to sign in again everywhere is asked before', async () => {
    const here = computer({ client, ask: person([[/^Switch 2 of 2 sites/, false]]) });
    for (const name of ['harbour-physio', 'quay-osteopathy']) {
      here.sites.put(aSite({ name, smtp: null, gmail: { ...GMAIL, test: TEST_MESSAGE } }));
    }
    const error = await runIn(here.world, 'migrate', '--all', '--reauthenticate');
    expect(codeOf(error)).toBe('cancelled');
  });
});

test('a dry run ends on the same command, with all that was said of the switch', async () => {
  const here = computer({ client: async () => ({ id: 'the-client', secret: null }) });
  const said = ['--account', 'info@harbour-physio.example', '--client', 'c.json'];
  const words = [...said, '--reauthenticate', '--no-browser'];
  await runIn(here.world, 'migrate', '--dry-run', '--yes', '--site', 'harbour-physio', ...words);
  expect(here.heard.lines.at(-1)).toContain(words.join(' '));
});

describe('what can’t be meant together is refused, and nothing is done', () => {
  const [one, other] = ['harbour-physio', 'quay-osteopathy'];
  test.each<[words: string[], code: string]>([
    [['site', 'remove', one, '--site', other, '--yes'], 'usage'],
    [['site', 'set', one, '--site', other, '--organisation', 'X'], 'usage'],
    [['site', 'show', one, '--site', other], 'usage'],
    [['status', '--all', '--site', 'nosuch'], 'usage'],
    [['status', '--site', one, '--site', other], 'usage'],
    [['status', '--check', '--done-in-writeupp', '--site', one], 'usage'],
    [['status', '--for-support', '--check', '--site', one], 'usage'],
    [['status', '--for-support', '--done-in-writeupp', '--site', one], 'usage'],
    [['history', '--site', 'nosuch'], 'no-such-site'],
    [['revert-smtp', '--site', one, '--site', other, '--yes'], 'usage'],
    [['migrate', '--all', '--site', one, '--yes'], 'usage'],
  ])('%j', async (words, code) => {
    const here = computer();
    expect(codeOf(await runIn(here.world, ...words))).toBe(code);
    expect(here.changes).toBe(0);
  });

  test('the same site named twice is one site', async () => {
    const here = computer();
    const words = ['site', 'show', 'harbour-physio', '--site', 'HARBOUR-physio'];
    expect(await runIn(here.world, ...words)).toBeNull();
  });
});

describe('who said Yes beforehand is asked nothing, on a terminal too', () => {
  test.each<[words: string[], left: object | null]>([
    [['sign-out', '--yes', '--keep-grant'], { gmail: null }],
    [['revert-smtp', '--yes'], { smtp: null }],
    [['site', 'remove', 'harbour-physio', '--yes'], null],
  ])('%j', async (words, left) => {
    const here = computer({ ask: person([]) });
    here.sites.put(aSite({ smtp: SMTP, gmail: { ...GMAIL, test: TEST_MESSAGE } }));
    const site = words[0] === 'site' ? [] : ['--site', 'harbour-physio'];
    expect(await runIn(here.world, ...words, ...site)).toBeNull();
    const there = here.sites.get('harbour-physio');
    if (left === null) expect(there).toBeNull();
    else expect(there).toMatchObject(left);
  });
});

describe('many sites without --yes, where nobody can be asked', () => {
  const left = { smtp: null, gmail: GMAIL, smtpRevertedAt: '2026-11-20T10:00:00.000Z' };

  test('are refused while one is left, before anything is done', async () => {
    const here = computer();
    here.sites.put(aSite({ name: 'harbour-physio', ...left }));
    const before = here.changes;
    expect(codeOf(await runIn(here.world, 'migrate', '--all', '--json'))).toBe('not-interactive');
    expect(here.changes).toBe(before);
  });

  test('are done where nothing is left to do', async () => {
    const here = computer();
    for (const name of ['harbour-physio', 'quay-osteopathy'])
      here.sites.put(aSite({ name, ...left }));
    expect(await runIn(here.world, 'migrate', '--all', '--json')).toBeNull();
    expect(here.heard.results.at(-1)).toMatchObject({ ok: true, total: 2, already: 2 });
  });
});

test('site show gives the address to send as, and the account that is expected', async () => {
  const here = computer();
  const addresses = {
    sendAs: 'desk@harbour-physio.example',
    account: 'info@harbour-physio.example',
  };
  here.sites.put(aSite({ name: 'harbour-physio', ...addresses }));
  await runIn(here.world, 'site', 'show', 'harbour-physio');
  expect(here.heard.results).toMatchObject([addresses]);
  for (const address of Object.values(addresses))
    expect(here.heard.lines.join('\n')).toContain(address);
});

describe('done in WriteUpp too', () => {
  const switched = { smtp: null, gmail: GMAIL, smtpRevertedAt: '2026-11-20T10:00:00.000Z' };

  test.each([
    ['one that is not switched', ['--site', 'quay-osteopathy']],
    ['all, of which one is not', ['--all']],
  ])('is refused of %s, and nothing is marked', async (_what, words) => {
    const here = computer();
    here.sites.put(aSite({ name: 'harbour-physio', ...switched }));
    const before = here.changes;
    const error = await runIn(here.world, 'status', '--done-in-writeupp', ...words);
    expect(codeOf(error)).toBe('usage');
    expect(here.changes).toBe(before);
  });

  test('what is left is a list of steps until then, in every view', async () => {
    const here = computer();
    here.sites.put(aSite({ name: 'harbour-physio', ...switched }));
    await runIn(here.world, 'status', '--site', 'harbour-physio');
    const left = ['sign-in', 'test-connection', 'revert-smtp'];
    expect(here.heard.results.at(-1)).toMatchObject({ leftToDo: left, doneInWriteUpp: null });
    expect(here.heard.lines.join('\n')).toContain('Left to do in WriteUpp, in this order:');
    await runIn(here.world, 'status', '--site', 'harbour-physio', '--done-in-writeupp');
    expect(here.heard.results.at(-1)).toMatchObject({ leftToDo: [], attention: [] });
  });

  test('stands in the entry of each site of many, where its record could be read', async () => {
    const here = computer({ client: async () => ({ id: 'the-client', secret: null }) });
    here.sites.put(aSite({ name: 'harbour-physio', ...switched }));
    await runIn(here.world, 'migrate', '--all', '--yes', '--json');
    const [done, other] = here.heard.results.toSorted((a, b) =>
      `${a.site}`.localeCompare(`${b.site}`),
    );
    const left = ['sign-in', 'test-connection', 'revert-smtp'];
    expect(done).toMatchObject({ outcome: 'already', leftToDo: left, doneInWriteUpp: null });
    expect(other).toMatchObject({ outcome: 'needs-person', leftToDo: [], doneInWriteUpp: null });
  });
});

describe('a site that stands on record as people write it', () => {
  const written = (name: string) => aSite({ name, smtp: SMTP });
  const one = () => {
    const [sites, heard] = [new MemorySites(), new Heard()];
    sites.put(written('Riverside'));
    return { sites, heard, world: (more: Partial<World> = {}) => twin(more, { sites, heard }) };
  };

  test('is called so, however it is named', async () => {
    for (const words of [[], ['--site', 'RIVERSIDE']]) {
      const { heard, world } = one();
      const refused = await runIn(world(), 'test-connection', ...words);
      expect(refused).toMatchObject({ code: 'sign-in-needed' });
      expect(JSON.stringify(refused)).not.toContain('riverside');
      await runIn(world(), 'migrate', '--all', '--yes', '--json');
      expect(heard.results[0]).toMatchObject({ site: 'Riverside' });
    }
  });

  test('is so in every list of sites, and where it was probably meant', async () => {
    const { sites, heard, world } = one();
    sites.put(written('Quay-Osteopathy'));
    const both = { sites: ['Quay-Osteopathy', 'Riverside'] };
    expect(await runIn(world(), 'status')).toMatchObject({ code: 'usage', details: both });
    const near = await runIn(world(), 'status', '--site', 'rivrside');
    expect(near).toMatchObject({ hint: expect.stringContaining('Did you mean Riverside?') });
    const other = await runIn(world(), 'status', '--site', 'nobody-at-all');
    expect(other).toMatchObject({ hint: expect.stringContaining('Quay-Osteopathy, Riverside') });
    const find = async (_question: string, choices: readonly { readonly name: string }[]) => {
      expect(choices.map(({ name }) => name)).toEqual(both.sites);
      return 'Riverside' as never;
    };
    expect(await runIn(world({ ask: { ...person([], heard), find } }), 'status')).toBeNull();
  });
});

test('a hint names the site only where there are several', async () => {
  const here = computer();
  const hintOf = async () =>
    ((await runIn(here.world, 'test-connection', '--site', 'harbour-physio')) as MailError).hint;
  expect(await hintOf()).toContain('sign-in --site harbour-physio');
  const sites = new MemorySites();
  sites.put(aSite({ name: 'harbour-physio', smtp: SMTP }));
  const error = await runIn(twin({}, { sites }), 'test-connection', '--site', 'harbour-physio');
  expect((error as MailError).hint).toMatch(/writeupp-mail sign-in$/m);
});
