/** The settings folder, as doctor tells of it: only what was looked at. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { settingsFolderCheck } from '../../src/doctor/settings.js';

test.each<[platform: NodeJS.Platform, words: string]>([
  ['linux', 'is yours alone, and can be written.'],
  ['win32', 'can be written. Who else may use it was not checked.'],
])('%s: %s', async (platform, words) => {
  const folder = await mkdtemp(join(tmpdir(), 'settings-'));
  try {
    const found = await settingsFolderCheck([folder], platform).run(new AbortController().signal);
    expect(found).toMatchObject({
      status: 'pass',
      message: `The settings folder ${folder} ${words}`,
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('of a drive that is not there it is said', async () => {
  const found = settingsFolderCheck(['Z:\\mail'], 'win32').run(new AbortController().signal);
  await expect(found).rejects.toMatchObject({
    code: 'storage',
    message: 'Z:\\mail could not be written: there is no such file or folder.',
  });
});
