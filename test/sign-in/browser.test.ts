/** What opens a browser, and what counts as opened. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openBrowser, openerOf } from '../../src/sign-in/browser.js';

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

test.each<[platform: NodeJS.Platform, named: string, program: readonly string[] | null]>([
  ['win32', '', ['D:\\Windows\\System32\\rundll32.exe', 'url.dll,FileProtocolHandler']],
  ['win32', 'C:\\b.exe', ['C:\\b.exe']],
  ['darwin', '/b', ['/b']],
  ['darwin', '', null],
  ['linux', '/b', null],
])('%s, with BROWSER=%s: no shell, and on Windows no PowerShell', (platform, named, program) => {
  expect(openerOf(named, platform, 'D:\\Windows')).toEqual(program);
});

test.each([
  [0, true],
  [1, false],
])('an opener that has ended with %i before it is looked at', async (code, opened) => {
  const start = async () => {
    const child = spawn('sh', ['-c', `exit ${code}`]);
    await once(child, 'exit');
    return child;
  };
  expect(await openBrowser(ADDRESS, undefined, 'linux', start)).toBe(opened);
});

test('an opener that never starts has opened nothing', async () => {
  const never = () => new Promise<never>(() => undefined);
  expect(await openBrowser(ADDRESS, undefined, 'linux', never)).toBe(false);
}, 15_000);
