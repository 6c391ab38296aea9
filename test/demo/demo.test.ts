/** The demonstration, as a person on a bare machine starts it, and as one at a terminal does. */

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { prepareToWrap } from '../../src/text/wrap.js';
import { barred } from './narration.js';

const DEMO = fileURLToPath(new URL('../../build/test/demo/demo.js', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A machine without a keychain, a browser or a display. */
function startDemo(...args: readonly string[]) {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  const child = spawn(process.execPath, [DEMO, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, ended, text: () => text };
}

test('shows the whole switch, and cleans up', async () => {
  const demo = startDemo();
  expect(await demo.ended).toBe(0);
  expect(demo.text()).toContain('the demonstration plays the person at the browser');
  expect(demo.text()).toContain('Subject: Gmail Test Connection from WriteUpp');
  expect(demo.text()).toContain('✓ Removed the SMTP settings (Revert to WriteUpp Mail Server).');
  expect(demo.text()).toMatch(/Email goes by +Gmail/);
  expect(await readdir(folder)).toEqual([]);
});

test('--settings shows the SMTP row go in WriteUpp’s own settings', async () => {
  const demo = startDemo('--settings');
  expect(await demo.ended).toBe(0);
  const [before = '', after = ''] = demo.text().split('After: WriteUpp');
  expect(before).toContain('SMTP   smtp.gmail.com, port 587');
  expect(before).toContain('All email of this practice goes through Gmail');
  expect(after).toContain('Gmail  connected as info@harbour-physio.example');
  expect(after).not.toContain('SMTP   smtp.gmail.com');
  expect(await readdir(folder)).toEqual([]);
});

test.each([40, 80])('what it tells is folded between words at %i columns', async (columns) => {
  await prepareToWrap({ isTTY: true });
  const words =
    'The program is the real one. Everything it keeps goes into a folder that is deleted.';
  const lines = barred([words, ''], { isTTY: true, columns });
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
  expect(
    lines
      .map((line) => line.replace(/^│ ?/, ''))
      .join(' ')
      .trim(),
  ).toBe(words);
});

test('cleans up when it is stopped, and says that it was', async () => {
  const demo = startDemo();
  while (!demo.text().includes('✓ Checked')) {
    await new Promise((resolve) => demo.child.stdout.once('data', resolve));
  }
  demo.child.kill('SIGINT');
  expect(await demo.ended).toBe(1);
  expect(demo.text()).toContain('You stopped the demonstration.');
  expect(await readdir(folder)).toEqual([]);
});
