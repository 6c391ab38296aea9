/** What a terminal is believed to show: links, and copies to the clipboard of the person’s own computer. */

import { expect, test } from '@jest/globals';
import { humanReporter } from '../../src/terminal/human-reporter.js';
import { lookOf } from '../../src/terminal/look.js';

const copies = (variables: NodeJS.ProcessEnv) => lookOf(variables, false).copies;

test.each<[string, NodeJS.ProcessEnv, boolean]>([
  ['kitty, also over SSH', { TERM: 'xterm-kitty', SSH_TTY: '/dev/pts/1' }, true],
  ['Ghostty', { TERM: 'xterm-ghostty' }, true],
  ['Windows Terminal', { WT_SESSION: 'x' }, true],
  ['VS Code', { TERM: 'xterm-256color', TERM_PROGRAM: 'vscode' }, true],
  ['one that is not known', { TERM: 'xterm-256color' }, false],
  ['a dumb one', { TERM: 'dumb', WT_SESSION: 'x' }, false],
  ['tmux inside one that could', { TERM: 'tmux-256color', TERM_PROGRAM: 'WezTerm' }, false],
  ['screen inside one that could', { TERM: 'xterm-kitty', STY: '1.x' }, false],
])('copies in %s', (_terminal, variables, can) => {
  expect(copies(variables)).toBe(can);
});

test.each([true, false])('what is copied goes to a terminal only (%s)', (isTTY) => {
  let written = '';
  const stderr = { isTTY, columns: 80, write: (text: string) => (written += text) };
  const stream = stderr as unknown as NodeJS.WriteStream;
  const look = lookOf({ TERM: 'xterm-kitty' }, false);
  const report = humanReporter({ stdout: stream, stderr: stream }, look);
  expect(report.canCopy()).toBe(isTTY);
  report.copy('https://a.example/ü');
  expect(written).toBe('\u001b]52;c;aHR0cHM6Ly9hLmV4YW1wbGUvw7w=\u0007');
});
