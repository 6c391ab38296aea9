/** `site add` and `site set` where a person can be asked, in memory. */

import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import type { World } from '../../src/kit/world.js';
import type { Site } from '../../src/sites/site.js';
import type { Ask } from '../../src/terminal/prompts.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { MemorySecrets, MemorySites } from '../support/memory-store.js';
import { type Answers, Heard, person, runIn, twin } from '../support/twin.js';

/** A person who presses Enter at every question of a line but these. */
function keeping(changes: Answers, heard: Heard): Ask {
  const asked = person(changes, heard);
  return {
    ...asked,
    text: async (question, check, byDefault = '') => {
      heard.questions.push(question);
      const found = changes.find(([words]) => words.test(question));
      const answer = found === undefined ? byDefault : String(found[1]);
      expect(check(answer)).toBeNull();
      return answer;
    },
  };
}

function computer(answers: Answers, site: Site | null = aSite({ smtp: SMTP })) {
  const [sites, secrets, heard] = [new MemorySites(), new MemorySecrets(), new Heard()];
  if (site !== null) sites.put(site);
  const before = sites.changes;
  const world: World = twin({ ask: keeping(answers, heard) }, { sites, secrets, heard });
  return { heard, sites, secrets, world, changes: () => sites.changes - before };
}

describe('site set, on a terminal, with nothing named', () => {
  test('keeps what is stored by Enter, and changes nothing then', async () => {
    const here = computer([]);
    expect(await runIn(here.world, 'site', 'set', 'harbour-physio')).toBeNull();
    expect(here.changes()).toBe(0);
    expect(here.heard.questions.length).toBeGreaterThan(5);
    expect(here.heard.lines.join('\n')).toContain('is as it was');
  });

  test('changes what is answered otherwise, and no more', async () => {
    const here = computer([
      [/WriteUpp login/, 'new@harbour-physio.example'],
      [/Where replies go/, 'replies@harbour-physio.example'],
    ]);
    expect(await runIn(here.world, 'site', 'set')).toBeNull();
    expect(here.sites.get('harbour-physio')).toEqual({
      ...aSite({ smtp: SMTP }),
      login: 'new@harbour-physio.example',
      organisationEmail: 'replies@harbour-physio.example',
    });
  });

  test('takes the encryption that a new port needs', async () => {
    const here = computer([[/port/, '465']]);
    expect(await runIn(here.world, 'site', 'set')).toBeNull();
    expect(here.sites.get('harbour-physio')?.smtp).toMatchObject({ port: 465, security: 'tls' });
  });

  test('asks of no SMTP settings where they were removed for good', async () => {
    const here = computer([], aSite({ smtpRevertedAt: '2026-11-20T10:00:00.000Z' }));
    expect(await runIn(here.world, 'site', 'set')).toBeNull();
    expect(here.heard.questions.join('\n')).not.toContain('SMTP');
  });

  test.each([
    ['nobody is there', {}, []],
    ['--yes', { ask: person([]) }, ['--yes']],
  ])('is refused where %s', async (_why, expected, words) => {
    const sites = new MemorySites();
    sites.put(aSite());
    const error = await runIn(twin(expected, { sites }), 'site', 'set', ...words);
    expect(error).toMatchObject({ code: 'usage', message: 'Nothing to change was named.' });
  });
});

const ADD = ['site', 'add', 'harbour-physio', '--login', 'jane@harbour-physio.example'];
const SERVER = ['--smtp-host', 'smtp.gmail.com', '--smtp-user', 'info@harbour-physio.example'];

describe('site add', () => {
  test.each([
    [false, 0],
    [true, 1],
  ])('asks for the SMTP password where "send" is wanted: %s', async (isWanted, stored) => {
    const here = computer(
      [
        [/send email of this site by SMTP itself/, isWanted],
        [/SMTP password of/, 'secret'],
      ],
      null,
    );
    expect(await runIn(here.world, ...ADD, ...SERVER)).toBeNull();
    expect(here.secrets.of('harbour-physio').size).toBe(stored);
    expect(here.heard.questions.some((question) => /password/.test(question))).toBe(isWanted);
    expect(here.heard.lines.join('\n')).not.toContain('No SMTP password');
  });
});

describe('a domain that is nearly a usual one', () => {
  test.each<[typed: string, meant: string | null]>([
    ['jane@gmial.com', 'jane@gmail.com'],
    ['jane@hotmial.co.uk', 'jane@hotmail.co.uk'],
    ['jane@btinernet.com', 'jane@btinternet.com'],
    ['jane@gmail.com', null],
    ['jane@mail.com', null],
    ['jane@ymail.com', null],
    ['jane@harbour-physio.example', null],
  ])('is asked about: %s', async (typed, meant) => {
    const answers: Answers = [
      ...(meant === null ? [] : ([[/^Did you mean/, true]] as Answers)),
      [/send email of this site/, false],
    ];
    const here = computer(answers, null);
    const words = ['site', 'add', 'harbour-physio', '--login', typed];
    expect(await runIn(here.world, ...words)).toBeNull();
    expect(here.sites.get('harbour-physio')?.login).toBe(meant ?? typed);
  });

  test('is taken as it was given where a person says so, and told where nobody is asked', async () => {
    const here = computer([[/^Did you mean jane@gmail.com/, false]], null);
    const words = ['site', 'add', 'harbour-physio', '--login', 'jane@gmial.com'];
    expect(await runIn(here.world, ...words)).toBeNull();
    expect(here.sites.get('harbour-physio')?.login).toBe('jane@gmial.com');
    const heard = new Heard();
    expect(await runIn(twin({}, { heard }), ...words)).toBeNull();
    expect(heard.notes.join('\n')).toContain('Did you mean jane@gmail.com?');
  });
});

test('a password is not kept for a server that another run put in its place while it was typed', async () => {
  const here = computer([]);
  const other = aSite({ smtp: { ...SMTP, host: 'mail.example' } });
  const typed = Readable.from(
    (async function* () {
      here.sites.put(other);
      yield Buffer.from('for smtp.gmail.com');
    })(),
    { objectMode: false },
  );
  const stdin = Object.assign(typed, { isTTY: false }) as unknown as NodeJS.ReadStream;
  const world = { ...here.world, ask: null, streams: { ...here.world.streams, stdin } };
  const args = ['site', 'set', 'harbour-physio', '--smtp-password-stdin'];
  expect(await runIn(world, ...args)).toMatchObject({ code: 'site-busy' });
  expect(here.sites.get('harbour-physio')).toEqual(other);
  expect(here.secrets.of('harbour-physio').size).toBe(0);
});
