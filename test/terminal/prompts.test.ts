/** The questions in a real terminal: what is typed before them, each way to answer, and each way they can end. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { describeWith } from '../support/system-part.js';
import { KEY, startInTerminal, type Terminal } from '../support/terminal.js';

const ASKING = fileURLToPath(new URL('../../build/test/terminal/asking.js', import.meta.url));

let gate: string;
beforeEach(async () => {
  gate = await mkdtemp(join(tmpdir(), 'asking-'));
});
afterEach(() => rm(gate, { recursive: true }));

/** Both ways to ask: redrawn, and line by line. */
const TERMS = ['xterm-256color', 'dumb'];

const start = (kinds: readonly string[], TERM = 'xterm-256color'): Terminal =>
  startInTerminal([gate, ...kinds], {
    env: { ...process.env, TERM, NO_COLOR: '' },
    program: ASKING,
  });
const inBackground = (...kinds: readonly string[]): Terminal =>
  startInTerminal(
    ['-c', `set -m; '${process.execPath}' '${ASKING}' '${gate}' ${kinds.join(' ')} & wait`],
    { env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: '' }, node: 'bash', program: null },
  );
const open = (what: number | 'late') => writeFile(join(gate, String(what)), '');

/** Types during the wait before a question, then lets it be asked. */
async function typeAhead(terminal: Terminal, question: number, keys: string): Promise<void> {
  await terminal.see(`Waiting ${question}`);
  terminal.type(keys);
  // The terminal shows them as they come: they are in its buffer then.
  await terminal.see('yes');
  await open(question);
}

describeWith(['script'], 'a question', () => {
  test.each(TERMS)('is answered by nothing that was typed before it (%s)', async (TERM) => {
    const kinds = ['confirm', 'text', 'secret', 'typed', 'choose', 'find', 'enter'];
    const terminal = start(kinds, TERM);
    const answers: [question: string, keys: string, answer: string][] = [
      ['Sure?', `y${KEY.enter}`, 'true'],
      ['Reference:', `KTM-472${KEY.enter}`, '"KTM-472"'],
      ['Password:', `QXZ QXZ${KEY.enter}`, '"QXZ QXZ"'],
      ['Type the name of the site:', `Harbour-Physio${KEY.enter}`, 'true'],
      ['Which one?', TERM === 'dumb' ? `2${KEY.enter}` : `${KEY.down}${KEY.enter}`, '"brighton"'],
      ['Which site?', TERM === 'dumb' ? `3${KEY.enter}` : 'bay', '"cardiff"'],
      ['Press Enter to go on', KEY.enter, 'null'],
    ];
    for (const [index, [question, keys, answer]] of answers.entries()) {
      await typeAhead(terminal, index, `yes${KEY.enter}${KEY.ctrlD}n${KEY.enter}`);
      await terminal.see(question);
      terminal.type(keys);
      // The list is made shorter after the key, not by it.
      if (keys === 'bay') {
        await terminal.see('bay ❯ cardiff');
        terminal.type(KEY.enter);
      }
      await terminal.see(`Answer ${index}: ${answer}`);
    }
    const { code, screen } = await terminal.ended;
    expect(code).toBe(0);
    expect(screen).toContain('End');
    // Not one letter of it, at any moment.
    expect(screen.replace('Answer 2: "QXZ QXZ"', '')).not.toMatch(/[QXZ]/);
  });

  test.each(TERMS)('is cancelled by Ctrl-C and Ctrl-D, whatever it asks (%s)', async (TERM) => {
    for (const kind of ['confirm', 'text', 'secret', 'choose', 'find', 'enter']) {
      for (const key of [KEY.ctrlC, KEY.ctrlD]) {
        const terminal = start([kind], TERM);
        await open(0);
        await terminal.see(kind === 'enter' ? 'go on' : /secret|text/.test(kind) ? ':' : '?');
        terminal.type(key);
        const { code, screen } = await terminal.ended;
        expect([kind, code, screen.includes('interrupted')]).toEqual([kind, 130, true]);
      }
    }
  });

  test('is cancelled by Ctrl-C typed before it, and by a window that is closed', async () => {
    const early = start(['confirm']);
    await early.see('Waiting 0');
    early.type(KEY.ctrlC);
    expect((await early.ended).code).toBe(130);

    const hungUp = start(['confirm']);
    await open(0);
    await hungUp.see('Sure?');
    hungUp.hangUp();
    const endedOn = () => readFile(join(gate, 'ended-on'), 'utf8').catch(() => null);
    while ((await endedOn()) === null) await sleep(20);
    expect(await endedOn()).toBe('interrupted');
  });

  test.each(TERMS)('can be withdrawn, and gives the terminal back (%s)', async (TERM) => {
    const terminal = start(['late'], TERM);
    await open(0);
    await terminal.see('In time?');
    await open('late');
    await terminal.see('sign-in-timeout');
    expect((await terminal.ended).code).toBe(130);
  });

  test.each(TERMS)(
    'asks again, with an empty field, for what it does not take; Enter alone stops then (%s)',
    async (TERM) => {
      const wrongThenRight: [question: string, wrong: string, said: string, right: string][] = [
        ['Reference:', 'no', 'Not that.', 'yes'],
        ['Password:', 'no', 'Not that.', 'open sesame'],
        ['Sure?', 'yess', 'Please answer with y or n.', 'y'],
        ['Sure?', 'yess', 'Please answer with y or n.', ''],
        ['name of the site:', 'harbour', 'That is not harbour-physio.', 'harbour-physio'],
        ['name of the site:', 'harbour', 'or press Enter to stop.', ''],
      ];
      const answers = ['"yes"', '"open sesame"', 'true', 'false', 'true', 'false'];
      const kinds = ['text', 'secret', 'confirm', 'confirm', 'typed', 'typed'];
      const terminal = start(kinds, TERM);
      for (const [index, [question, wrong, said, right]] of wrongThenRight.entries()) {
        await open(index);
        await terminal.answer(question, wrong);
        await terminal.see(said);
        terminal.type(`${right}${KEY.enter}`);
        await terminal.see(`Answer ${index}: ${answers[index]}`);
      }
      expect((await terminal.ended).code).toBe(0);
    },
  );

  test('moves no cursor and sets no colour on a dumb terminal', async () => {
    const terminal = start(['confirm', 'find'], 'dumb');
    await open(0);
    await open(1);
    await terminal.answer('Sure? (y/N)', 'y');
    await terminal.answer('Which site? (1 to 3)', '1');
    expect((await terminal.ended).raw).not.toContain('\x1b');
  });
});

describeWith(['script'], 'a job in the background', () => {
  test('is not stopped for the keyboard while it waits', async () => {
    const terminal = inBackground('wait');
    await open(0);
    await terminal.see('Working');
    await open('late');
    await terminal.see('Answer 0');
    expect((await terminal.ended).code).toBe(0);
  });
});
