/** A file that another program has open on Windows: tried again, for a while, then in words. */

import { expect, test } from '@jest/globals';
import { storageError } from '../../src/storage/storage-error.js';
import { untilFree } from '../../src/storage/until-free.js';

const refusal = (code: string) => Object.assign(new Error('not shown'), { code });

/** Work that fails so often before it succeeds. */
function failing(times: number, code: string) {
  let tries = 0;
  return {
    work: async () => {
      tries += 1;
      if (tries <= times) throw refusal(code);
      return 'done';
    },
    tries: () => tries,
  };
}

test.each(['EPERM', 'EACCES', 'EBUSY'])('%s on Windows: tried again', async (code) => {
  const { work, tries } = failing(4, code);
  expect(await untilFree(work, 'win32')).toBe('done');
  expect(tries()).toBe(5);
});

test.each<[platform: NodeJS.Platform, code: string]>([
  ['linux', 'EPERM'],
  ['darwin', 'EBUSY'],
  ['win32', 'ENOSPC'],
  ['win32', 'ENOENT'],
])('%s, %s: final', async (platform, code) => {
  const { work, tries } = failing(1, code);
  await expect(untilFree(work, platform)).rejects.toMatchObject({ code });
  expect(tries()).toBe(1);
});

test('given up after some ten seconds', async () => {
  const started = performance.now();
  await expect(untilFree(failing(99, 'EBUSY').work, 'win32')).rejects.toMatchObject({
    code: 'EBUSY',
  });
  expect((performance.now() - started) / 1_000).toBeGreaterThan(9);
  expect((performance.now() - started) / 1_000).toBeLessThan(15);
}, 20_000);

test.each<[platform: NodeJS.Platform, code: string, words: string]>([
  ['win32', 'EPERM', 'another program has it open, or Windows does not let you use it'],
  ['win32', 'EBUSY', 'another program has it open, or Windows does not let you use it'],
  ['win32', 'ENOSPC', 'the disk is full'],
  ['linux', 'EPERM', 'permission was denied'],
])('%s, %s: %s', (platform, code, words) => {
  const { message } = storageError(refusal(code), 'C:\\x\\site.json', 'written', platform);
  expect(message).toBe(`C:\\x\\site.json could not be written: ${words}.`);
});
