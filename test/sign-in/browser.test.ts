/** BROWSER on macOS and Windows, where what opens addresses does not read it. */

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openBrowser } from '../../src/sign-in/browser.js';

const ADDRESS = 'http://127.0.0.1:49200/start/x?a=1&b=2';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'browser-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A browser that notes what it is given, and ends so. */
async function browser(exitCode: number): Promise<string> {
  const path = join(folder, 'browser');
  await writeFile(path, `#!/bin/sh\nprintf %s "$1" > '${folder}/opened'\nexit ${exitCode}\n`);
  await chmod(path, 0o700);
  return path;
}

test.each(['darwin', 'win32'] as const)('%s: the named one gets the address', async (platform) => {
  expect(await openBrowser(ADDRESS, await browser(0), platform)).toBe(true);
  expect(await readFile(join(folder, 'opened'), 'utf8')).toBe(ADDRESS);
});

test('one that fails, or is not there, has opened nothing', async () => {
  expect(await openBrowser(ADDRESS, await browser(3), 'darwin')).toBe(false);
  expect(await openBrowser(ADDRESS, join(folder, 'none'), 'darwin')).toBe(false);
});
