/** The people of a team, in memory: what is said, what is asked and when, and how far a change of it is. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { acceptedIn, guarded } from '../../src/credentials/accepted-members.js';
import type { TeamSecrets } from '../../src/credentials/team-secrets.js';
import type { OnSealed } from '../../src/credentials/team-store.js';
import type { Place } from '../../src/kit/place.js';
import type { Ask } from '../../src/terminal/prompts.js';
import { Heard, person, runIn, twin } from '../support/twin.js';

const member = (name: string) => ({
  ...{ name, recipient: `age1${name}` },
  ...{ addedAt: '2026-11-20T10:00:00.000Z', addedBy: 'jane@desk' },
});

/** What maria could see. */
const ROBOT = 'robot@harbour.iam.gserviceaccount.com';
const OWNERS = { sites: ['harbour'], serviceAccounts: [ROBOT] };

/** A team of jane, who is here unless said otherwise, maria and peter, whom nobody here knows yet. */
function computer(ask: Ask | null = null, { own = 'age1jane', isRemoved = true } = {}) {
  const done: string[] = [];
  const heard = new Heard();
  const peter = member('peter');
  const team = {
    list: async () => ({
      recipients: ['jane', 'maria'].map(member).concat(peter),
      own,
      left: 0,
    }),
    remove: async (name: string) => {
      done.push(`remove ${name}`);
      return { isRemoved, ...OWNERS };
    },
    reset: async () => {
      done.push('reset');
      return OWNERS;
    },
    newcomers: async () => [peter],
    accept: async () => {
      done.push('accept');
      return [peter];
    },
  };
  const place = async () => ({ team: async () => team }) as unknown as Place;
  const world = twin({ ask, place }, { heard });
  return { run: (...words: string[]) => runIn(world, 'team', ...words), done, heard };
}

test('who is removed may know the password of the database: to have it changed is said', async () => {
  const here = computer();
  expect(await here.run('remove', 'maria')).toBeNull();
  expect(here.heard.lines.join('\n')).toContain('They may still know the password of the database');
  expect(here.heard.notes).toEqual([]);
});

test('what they may have seen is named: sites, and apart from them service accounts', async () => {
  const here = computer();
  expect(await here.run('remove', 'maria')).toBeNull();
  const said = here.heard.lines.join('\n');
  expect(said).toMatch(/permissions and passwords of: harbour$/m);
  expect(said).toMatch(new RegExp(`keys of these service accounts: ${ROBOT}$`, 'm'));
  expect(here.heard.results[0]).toMatchObject({
    mayHaveSeen: ['harbour'],
    serviceAccounts: [ROBOT],
  });
});

test('where only an interrupted change was finished, nobody is said to be removed', async () => {
  const here = computer(null, { isRemoved: false });
  expect(await here.run('remove', 'mario')).toBeNull();
  expect(here.heard.notes).toEqual([
    expect.stringContaining('Nobody named "mario" is in the team'),
  ]);
  const said = here.heard.lines.join('\n');
  expect(said).toContain('The interrupted change of the team was finished');
  expect(said).not.toContain('mario');
  expect(said).toContain('permissions and passwords of: harbour');
});

test('someone who removes themselves is warned, and asked where that is possible', async () => {
  const warned = [expect.stringContaining('This is you')];
  const no = computer(person([[/Remove yourself/, false]]));
  expect(await no.run('remove', 'jane')).toMatchObject({ code: 'cancelled' });
  expect([no.done, no.heard.notes]).toEqual([[], warned]);
  for (const here of [computer(person([[/Remove yourself/, true]])), computer()]) {
    expect(await here.run('remove', 'jane')).toBeNull();
    expect([here.done, here.heard.notes]).toEqual([['remove jane'], warned]);
  }
});

test('a newcomer is shown as one, and accepted by that alone', async () => {
  const looking = computer();
  expect(await looking.run('list')).toBeNull();
  expect(looking.heard.results[0]?.team).toMatchObject([
    ...[
      { name: 'jane', you: true, accepted: true },
      { name: 'maria', accepted: true },
    ],
    { name: 'peter', accepted: false },
  ]);
  expect(looking.heard.lines.join('\n')).toContain('team list --accept');
  expect(looking.done).toEqual([]);
  const here = computer();
  expect(await here.run('list', '--accept')).toBeNull();
  expect(here.done).toEqual(['accept']);
  expect(here.heard.lines.join('\n')).toContain('Accepted here: peter');
});

test('a new team is started only by someone who types it, or says so beforehand; who is in the old one is named', async () => {
  const stranger = { own: 'age1stranger' };
  const nobody = computer(null, stranger);
  expect(await nobody.run('reset')).toMatchObject({ code: 'not-interactive' });
  const no = computer(person([[/RESET/, false]]), stranger);
  expect(await no.run('reset')).toMatchObject({ code: 'cancelled' });
  expect([nobody.done, no.done]).toEqual([[], []]);
  expect(no.heard.notes.join()).toContain('jane, maria, peter');
  const yes = computer(person([[/RESET/, true]]), stranger);
  expect(await yes.run('reset')).toBeNull();
  const said = computer(null, stranger);
  expect(await said.run('reset', '--yes')).toBeNull();
  expect([yes.done, said.done]).toEqual([['reset'], ['reset']]);
  expect(said.heard.lines.join('\n')).toContain('harbour');
  expect(said.heard.lines.join('\n')).toMatch(new RegExp(`no longer stored: ${ROBOT}$`, 'm'));
  expect(said.heard.results).toEqual([{ lost: ['harbour'], serviceAccounts: [ROBOT] }]);
});

test('a member is refused a new team before anything is asked', async () => {
  const here = computer(person([]));
  expect(await here.run('reset')).toMatchObject({ code: 'usage' });
  expect([here.done, here.heard.notes]).toEqual([[], []]);
});

test('a damaged list of whom this computer has accepted hides nobody: who is in the team is shown, with what to do', async () => {
  const home = await mkdtemp(join(tmpdir(), 'team-'));
  try {
    await mkdir(join(home, 'team'), { mode: 0o700 });
    await writeFile(join(home, 'team', 'id.json'), '{', { mode: 0o600 });
    const team = async () => ({ generation: '1', recipients: [member('jane')] });
    const { newcomers, accept } = guarded({ team } as unknown as TeamSecrets, {
      ...{ accepted: acceptedIn(home, 'id'), readOnly: false },
      onNote: () => undefined,
    });
    const list = async () => ({ ...(await team()), own: 'age1jane', left: 0 });
    const heard = new Heard();
    const place = async () => ({ team: async () => ({ list, newcomers, accept }) }) as never;
    const world = twin({ place }, { heard });
    expect(await runIn(world, 'team', 'list')).toBeNull();
    const said = heard.lines.join('\n');
    expect(said).toContain('jane (you)  age1jane');
    expect(said).toContain('id.json is damaged');
    expect(said).toContain('if you know everyone in the team, move the file away.');
    expect(heard.results[0]?.team).toMatchObject([{ name: 'jane', accepted: false }]);
    expect(await runIn(world, 'team', 'list', '--accept')).toMatchObject({ code: 'storage' });
  } finally {
    await rm(home, { recursive: true });
  }
});

test('another error of the list is not taken for that', async () => {
  const newcomers = () => Promise.reject(new Error('another'));
  const place = async () => ({ team: async () => ({ newcomers }) }) as never;
  expect(await runIn(twin({ place }), 'team', 'list')).toEqual(new Error('another'));
});

test.each([
  [1, '1 secret is not yet encrypted for this team: the last change was interrupted.'],
  [3, '3 secrets are not yet encrypted for this team: the last change was interrupted.'],
])('a list says how many secrets a stopped change left: %d', async (left, words) => {
  const heard = new Heard();
  const team = {
    list: async () => ({ recipients: [], own: 'age1x', left }),
    newcomers: async () => [],
  };
  const world = twin({ place: async () => ({ team: async () => team }) as never }, { heard });
  expect(await runIn(world, 'team', 'list')).toBeNull();
  expect(heard.lines).toContain(words);
});

test('a change says how far it is', async () => {
  const heard = new Heard();
  let words = () => '';
  const team = {
    list: async () => ({ recipients: [], own: null, left: 0 }),
    remove: async (_name: string, onSealed: OnSealed) => {
      expect(words()).toBe('Sealing the team’s secrets …');
      onSealed(200, 5_400);
      expect(words()).toBe('Sealing the team’s secrets: 200 of 5400 …');
      return { isRemoved: true, sites: [], serviceAccounts: [] };
    },
  };
  const world = twin({ place: async () => ({ team: async () => team }) as never }, { heard });
  const waiting = (what: string | (() => string)) => {
    words = what as () => string;
    return () => undefined;
  };
  const report = { ...world.report, waiting };
  expect(await runIn({ ...world, report }, 'team', 'remove', 'maria')).toBeNull();
  expect(words()).toContain('200 of 5400');
});
