/** `history` and the certificate of a switch, in memory. */

import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { HistoryEvent } from '../../src/sites/site-history.js';
import { aSite, GMAIL, REFERENCE, SMTP, TEST_MESSAGE } from '../sites/a-site.js';
import { MemorySites } from '../support/memory-store.js';
import { Heard, runIn, twin } from '../support/twin.js';

const { password: _, ...REMOVED } = SMTP;

/** A line that an earlier version wrote holds the reference. */
function reverted(receipt = 'confirmed', by = 'test-message'): HistoryEvent {
  const { id, to, acceptedAt } = TEST_MESSAGE;
  return {
    ...{ id: 'line-1', at: '2026-11-20T10:05:00.000Z', site: 'harbour-physio' },
    ...{ command: 'migrate', step: 'revert-smtp', outcome: 'done', who: 'jane', host: 'desk-3' },
    account: GMAIL.email,
    proof: { by, testMessage: { id, to, acceptedAt, receipt, reference: REFERENCE } },
    removed: { smtp: REMOVED },
  } as HistoryEvent;
}

function computer(events: readonly HistoryEvent[], names = ['harbour-physio']) {
  const [sites, heard] = [new MemorySites(), new Heard()];
  for (const name of names) {
    sites.put(aSite({ name, gmail: GMAIL, smtpRevertedAt: '2026-11-20T10:05:00.000Z' }));
  }
  sites.history.push(...events);
  return { heard, sites, world: twin({}, { sites, heard }) };
}

describe('the reference', () => {
  test.each([
    ['for people', ['history', '--site', 'harbour-physio']],
    ['for scripts', ['history', '--json']],
  ])('is never told, though an earlier version kept it: %s', async (_who, words) => {
    const { heard, world } = computer([reverted()]);
    expect(await runIn(world, ...words)).toBeNull();
    expect(JSON.stringify([heard.lines, heard.results])).not.toContain(REFERENCE);
    expect(heard.lines.join('\n')).toContain('a person confirmed it by its reference.');
    expect(heard.results[0]).toMatchObject({ proof: { testMessage: { receipt: 'confirmed' } } });
  });
});

test('a name in a line of the history ends no line, and moves no terminal', async () => {
  const forged = { ...reverted(), who: 'jane\n\u2713 all is well', host: 'desk\u001b[2J' };
  const { heard, world } = computer([forged]);
  expect(await runIn(world, 'history', '--site', 'harbour-physio')).toBeNull();
  let table = '';
  const stdout = { ...world.streams.stdout, write: (text: string) => (table += text) };
  const streams = { ...world.streams, stdout: stdout as unknown as NodeJS.WriteStream };
  expect(await runIn({ ...world, streams }, 'history', '--csv')).toBeNull();
  for (const line of [...heard.lines, ...table.split('\r\n')]) {
    expect(line).not.toMatch(/\p{Cc}/u);
  }
  expect(table).toContain('jane\ufffd\u2713 all is well');
});

test('a new team is said to be one, and by whom', async () => {
  const reset = {
    ...{ id: 'line-2', at: '2026-11-20T10:05:00.000Z', site: '', who: 'jane', host: 'desk-3' },
    ...{
      command: 'team',
      step: 'team-reset',
      outcome: 'done',
      member: { name: 'Jane', recipient: 'age1jane' },
    },
  } as HistoryEvent;
  const { heard, world } = computer([reset]);
  expect(await runIn(world, 'history')).toBeNull();
  expect(heard.lines.join('\n')).toContain(
    'a new team was started by Jane; the secrets that nobody could open were deleted',
  );
});

describe('a line that others wrote', () => {
  const common = {
    ...{ id: 'line-3', at: '2026-11-20T10:05:00.000Z', site: 'harbour-physio' },
    ...{ command: 'migrate', outcome: 'done', who: 'jane', host: 'desk-3' },
  };
  const facts = ['account', 'testMessage', 'proof', 'removed', 'fields', 'from', 'member'];
  const steps = [
    ...['add-site', 'change-site', 'remove-site', 'move-site', 'sign-in', 'sign-out'],
    ...['test-message', 'confirm-receipt', 'revert-smtp', 'done-in-writeupp'],
    ...['team-add', 'team-remove', 'team-accept', 'team-reset', 'another'],
  ];
  test.each<[what: string, value: unknown]>([
    ['are missing', undefined],
    ['are null', null],
    ['are empty', {}],
    ['are numbers', 7],
    ['hold null', { by: null, id: null, smtp: null, account: null, testMessage: null }],
  ])('is shown in words, and hides no other, where its facts %s', async (_what, value) => {
    const given = Object.fromEntries(facts.map((fact) => [fact, value]));
    const lines = steps.map((step) => ({ ...common, ...given, step }) as unknown as HistoryEvent);
    const { heard, world } = computer([...lines, reverted()]);
    expect(await runIn(world, 'history', '--site', 'harbour-physio')).toBeNull();
    const text = heard.lines.join('\n');
    expect(text).not.toMatch(/undefined|null|NaN|\[object/);
    for (const words of ['connected to Gmail (', 'Proof: none on record', 'by its reference']) {
      expect(text).toContain(words);
    }
    expect(JSON.stringify(heard.results.slice(0, -1))).not.toMatch(/:(?:7|null)\b/);
  });

  test('keeps what it says beside what can’t be shown, and never a password', async () => {
    const removed = { smtp: { ...REMOVED, password: 'Pa55' }, account: 7 };
    const { heard, world } = computer([
      { ...reverted(), account: GMAIL.email, proof: null, removed } as unknown as HistoryEvent,
    ]);
    expect(await runIn(world, 'history', '--json')).toBeNull();
    expect(JSON.parse(JSON.stringify(heard.results[0]))).toMatchObject({
      account: GMAIL.email,
      removed: { smtp: REMOVED },
    });
    expect(JSON.stringify(heard.results)).not.toContain('Pa55');
  });
});

describe('the certificate', () => {
  const here = mkdtempSync(join(tmpdir(), 'certificate-'));
  afterAll(() => rmSync(here, { recursive: true }));
  const textOf = async (events: readonly HistoryEvent[], ...words: string[]) => {
    const { heard, world } = computer(events);
    expect(await runIn(world, 'history', ...words)).toBeNull();
    return heard.lines.join('\n');
  };

  test('stands at the end for the only site, with the practice’s name and what is left', async () => {
    const text = await textOf([reverted()]);
    expect(text).toContain('✓ Certificate of the switch: Harbour Physio (harbour-physio)');
    expect(text).toMatch(/Left to do in WriteUpp:\n {4}Integrations & Add-Ons/);
  });

  test('is of no one site where several are told', async () => {
    const other = { ...reverted(), site: 'quay-osteopathy' } as HistoryEvent;
    expect(await textOf([reverted(), other])).not.toContain('Certificate');
  });

  test('says of a lone last step that it is that, and that it follows none', async () => {
    const { heard, sites, world } = computer([reverted()]);
    sites.put(aSite({ smtpRevertedAt: reverted().at }));
    expect(await runIn(world, 'history')).toBeNull();
    expect(heard.lines).toContain(
      '  Left to do in WriteUpp: SMTP, Configure, click Revert to WriteUpp Mail Server.',
    );
  });

  test('is no more that of a site that was put on record anew', async () => {
    const added = { ...reverted(), id: 'line-2', command: 'site add', step: 'add-site' };
    const events = [reverted(), added as HistoryEvent];
    expect(await textOf(events)).not.toContain('Certificate');
    const { sites, world } = computer(events);
    sites.put(aSite({ smtp: SMTP }));
    const path = join(here, 'anew.html');
    expect(await runIn(world, 'history', '--certificate', path)).toMatchObject({
      code: 'usage',
      message: '"harbour-physio" was not switched, so there is no certificate of it.',
    });
    expect(await textOf([...events, reverted()])).toContain('Certificate');
  });

  test('does not say what is left, or that nothing is, where SMTP settings are there again', async () => {
    const { heard, sites, world } = computer([reverted()]);
    sites.put(aSite({ smtp: SMTP }));
    expect(await runIn(world, 'history')).toBeNull();
    expect(heard.lines.join('\n')).toContain('Certificate');
    expect(heard.lines.join('\n')).not.toContain('Left to do');
  });

  test.each([
    ['nothing was tested', { ...reverted(), proof: { by: 'asked-for', testMessage: null } }],
    ['it did not arrive', reverted('denied')],
    ['no account was connected', { ...reverted(), account: undefined }],
  ])('is none where %s', async (_why, event) => {
    expect(await textOf([event as HistoryEvent])).not.toContain('Certificate');
    const { world } = computer([event as HistoryEvent]);
    const path = join(here, 'none.html');
    expect(await runIn(world, 'history', '--certificate', path)).toMatchObject({ code: 'usage' });
    expect(existsSync(path)).toBe(false);
  });

  test.each<[what: string, facts: object, words: RegExp]>([
    ['the proof is missing', { proof: undefined }, /^In the history .* is missing/],
    ['the account is missing', { account: undefined }, /^In the history .* is missing/],
    ['there was none', { proof: { by: 'asked-for', testMessage: null } }, /without proof/],
  ])('is refused in true words where %s', async (_what, facts, words) => {
    const { world } = computer([{ ...reverted(), ...facts } as HistoryEvent]);
    expect(await runIn(world, 'history', '--certificate', join(here, 'none.html'))).toMatchObject({
      code: 'usage',
      message: expect.stringMatching(words),
    });
  });

  test('is one page that loads nothing, for nobody else to read, and replaces an older one', async () => {
    const path = join(here, 'certificate.html');
    const { heard, world } = computer([reverted()]);
    for (const _time of ['first', 'again']) {
      expect(await runIn(world, 'history', '--certificate', path)).toBeNull();
    }
    expect(heard.results.at(-1)).toMatchObject({ site: 'harbour-physio', certificate: path });
    const page = readFileSync(path, 'utf8');
    for (const words of ['Harbour Physio', 'by jane on desk-3', 'smtp.gmail.com, port 587']) {
      expect(page).toContain(words);
    }
    expect(page).toMatch(/Proof[\s\S]*by its reference[\s\S]*Left to do[\s\S]*Revert to WriteUpp/);
    expect(page).not.toContain(REFERENCE);
    expect(page).not.toMatch(/<script|https?:|\bsrc=|<link|url\(|@import/i);
    expect(page).toContain("default-src 'none'");
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(here)).toEqual(['certificate.html']);
  });

  test('obeys nothing of what a practice calls itself', async () => {
    const path = join(here, 'escaped.html');
    const { world, sites } = computer([reverted()]);
    const organisation = '<script>alert(1)</script> & “Sons”';
    sites.put(aSite({ organisation, gmail: GMAIL, smtpRevertedAt: reverted().at }));
    expect(await runIn(world, 'history', '--certificate', path)).toBeNull();
    expect(readFileSync(path, 'utf8')).not.toContain('<script');
    expect(readFileSync(path, 'utf8')).toContain('&#60;script&#62;');
  });

  test('is written by no link', async () => {
    const [path, target] = [join(here, 'link.html'), join(here, 'target.txt')];
    writeFileSync(target, 'mine');
    symlinkSync(target, path);
    const { world } = computer([reverted()]);
    expect(await runIn(world, 'history', '--certificate', path)).toMatchObject({ code: 'usage' });
    expect(readFileSync(target, 'utf8')).toBe('mine');
  });
});
