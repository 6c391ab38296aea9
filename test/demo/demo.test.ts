/** The demonstration, as a person on a bare machine starts it, and as one at a terminal does. */

import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';

const DEMO = fileURLToPath(new URL('../../build/test/demo/demo.js', import.meta.url));

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A machine without a keychain, a browser or a display. */
function startDemo() {
  const env = { PATH: process.env.PATH, HOME: folder, TMPDIR: folder };
  const child = spawn(process.execPath, [DEMO], { env, stdio: ['ignore', 'pipe', 'pipe'] });
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
