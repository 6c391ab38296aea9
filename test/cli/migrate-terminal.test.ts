/** `migrate` at a terminal, as a person lives it: what is read, what the keys do, and what counts as an answer. */

import { readFile } from 'node:fs/promises';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { withTranscript } from '../../tools/transcript.js';
import { playPerson } from '../stand-in/person.js';
import { lastReference, plainSwitch } from '../support/plain-switch.js';
import { shownBy } from '../support/screen.js';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal, type Terminal } from '../support/terminal.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';
import { ENTER, giveReference, migrateToReceipt, RECEIPT } from './migrate-at-terminal.js';

const UNTOUCHED = 'Your SMTP settings are untouched.';
/** "Rehearsal: … This is not the real Google." takes two lines of 80 columns. */
const REHEARSAL_LINES = 2;
const KEPT = { smtp: { password: { slot: 'a' } } };

const { google, workspace } = useComputer();

beforeEach(async () => {
  expect((await workspace.addSite()).code).toBe(0);
});

const inTerminal = (args: readonly string[], columns = 80): Terminal =>
  startInTerminal(args, { env: workspace.env, columns });

describeWith(['script'], 'the receipt', () => {
  test('is the reference, typed small and with spaces; keys of the wait before it mean nothing', async () => {
    const terminal = inTerminal(['migrate']);
    await terminal.answer(ENTER, '');
    await terminal.see('Waiting for you to finish on Google’s page');
    // A message of before, a Yes, Enter, Ctrl-D: all of it typed while the browser is looked at.
    terminal.type(`y${KEY.enter}KTM-472${KEY.enter}${KEY.enter}${KEY.ctrlD}`);
    await playPerson(await workspace.nextUrl(), { account: ACCOUNT });
    await terminal.see(RECEIPT);
    expect(terminal.screen()).not.toContain(lastReference(google));
    expect(await workspace.record()).toMatchObject({
      ...KEPT,
      gmail: { test: { arrival: 'unanswered' } },
    });
    terminal.type(`  ${lastReference(google).toLowerCase().replace('-', ' ')} ${KEY.enter}`);
    await terminal.see('Removed the SMTP settings');
    await terminal.see('Email goes by Gmail');
    await terminal.see('Left to do in WriteUpp, in this order:');
    expect((await terminal.ended).code).toBe(0);
    expect(await workspace.record()).toMatchObject({
      smtp: null,
      gmail: { test: { arrival: 'confirmed' } },
    });

    const again = await inTerminal(['migrate']).ended;
    expect(again.code).toBe(0);
    expect((await shownBy(again.raw, 80)).slice(REHEARSAL_LINES)).toEqual([
      `✓ Harbour Physio sends by Gmail already, as ${ACCOUNT}.`,
      '  Does WriteUpp itself still show SMTP? See writeupp-mail status',
    ]);
  });

  test('that is wrong is told; Enter alone is no answer; a No is kept, and sends a new message', async () => {
    const terminal = await migrateToReceipt(workspace);
    terminal.type(`ABC-123${KEY.enter}`);
    await terminal.see('That is not the reference of this message.');
    terminal.type(KEY.enter);
    await terminal.see('What now?');
    terminal.type(KEY.enter);
    await terminal.see(RECEIPT);
    terminal.type(KEY.enter);
    await terminal.see('What now?');
    expect(await workspace.record()).toMatchObject({ gmail: { test: { arrival: 'unanswered' } } });
    terminal.type(KEY.down + KEY.down + KEY.enter);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(3);
    expect(screen).toContain(UNTOUCHED);
    expect(screen).not.toContain('✗');
    expect(await workspace.record()).toMatchObject({
      ...KEPT,
      gmail: { test: { arrival: 'denied' } },
    });

    const sent = google.messages.length;
    const again = inTerminal(['migrate']);
    await again.see(RECEIPT);
    expect(google.messages).toHaveLength(sent + 1);
    again.type(`${lastReference(google)}${KEY.enter}`);
    expect((await again.ended).code).toBe(0);
  });

  test.each([
    ['Ctrl-C', KEY.ctrlC],
    ['Ctrl-D', KEY.ctrlD],
  ])('%s stops; the next run asks for the same message', async (_name, key) => {
    const terminal = await migrateToReceipt(workspace);
    terminal.type(key);
    const { code, screen } = await terminal.ended;
    expect(code).toBe(130);
    expect(screen).toContain(UNTOUCHED);
    expect(screen).not.toContain('✗');
    expect(await workspace.record()).toMatchObject({
      ...KEPT,
      gmail: { email: ACCOUNT, test: { arrival: 'unanswered' } },
    });

    const sent = google.messages.length;
    const again = inTerminal(['migrate']);
    await again.see('Connected already');
    await giveReference(again, google);
    expect((await again.ended).code).toBe(0);
    expect(google.messages).toHaveLength(sent);
  });
});

describeWith(['script'], 'a sender that changes', () => {
  beforeEach(async () => {
    const from = ['--smtp-from', 'reception@harbour-physio.example'];
    expect((await workspace.run(['site', 'set', SITE, ...from, '--json'])).code).toBe(0);
  });

  test('has a sign, a way to keep it, and a pause of its own; Ctrl-C there changes nothing', async () => {
    const terminal = inTerminal(['migrate']);
    await terminal.see(
      `! Patients will see another sender: ${ACCOUNT} instead of reception@harbour-physio.example.`,
    );
    await terminal.see('writeupp-mail site set harbour-physio --send-as reception@');
    await terminal.see(`Patients will see ${ACCOUNT}. Press Enter if that is right`);
    terminal.type(KEY.ctrlC);
    expect((await terminal.ended).code).toBe(130);
    expect(await workspace.record()).toMatchObject({ ...KEPT, gmail: null });

    const again = inTerminal(['migrate']);
    await again.answer('Press Enter if that is right', '');
    await again.see(ENTER);
    again.type(KEY.ctrlD);
    expect((await again.ended).code).toBe(130);
  });
});

describeWith(['script'], 'what is read', () => {
  /** A person reads all of it while their email is at stake. */
  const LINES_MOST = 30;
  const WORDS_MOST = 255;

  test('is short, says nothing twice, and is what the README shows (if not: npm run transcript)', async () => {
    const lines = await plainSwitch();
    const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
    expect(withTranscript(readme, lines)).toBe(readme);
    const said = lines.filter((line) => line !== '');
    expect(said.length).toBeLessThanOrEqual(LINES_MOST);
    expect(said.join(' ').trim().split(/\s+/).length).toBeLessThanOrEqual(WORDS_MOST);
    expect(said.filter((line, index) => said.indexOf(line) !== index)).toEqual([]);
  });

  test('breaks no word in a window of 40 columns', async () => {
    const terminal = await migrateToReceipt(workspace, { columns: 40 });
    terminal.type(KEY.enter);
    await terminal.see(`It did not come to ${LOGIN}`);
    terminal.type(KEY.enter);
    await terminal.answer(RECEIPT, lastReference(google));
    const { code, raw } = await terminal.ended;
    expect(code).toBe(0);
    const text = (await shownBy(raw, 40)).join(' ').replace(/\s+/g, ' ');
    for (const whole of [
      'tick "Send email on your behalf", press Continue or Allow.',
      'Type its reference (three letters, three digits; Enter: not there):',
      'Only then: SMTP, Configure, click Revert to WriteUpp Mail Server.',
    ]) {
      expect(text).toContain(whole);
    }
  });
});

describe('a person who can’t be asked', () => {
  test('with --json, though there is a terminal: nothing is asked', async () => {
    const { code, screen } = await inTerminal(['migrate', '--json']).ended;
    expect(code).toBe(2);
    expect(screen).toContain('"code":"not-interactive"');
    expect(screen).not.toMatch(/^[?>] /m);
  });
});
