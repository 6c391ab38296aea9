/** Google's quota of sent messages: never more in any minute, and no sooner than it has to be. */

import { expect, test } from '@jest/globals';
import { SendQuota } from '../../src/google/quota.js';

/** When each of so many messages may go that are all ready at once. */
function times(count: number, account: (number: number) => string): number[] {
  const quota = new SendQuota();
  return Array.from({ length: count }, (_, number) => quota.reserve(account(number), 1_000));
}

test('60 messages a minute for an account', () => {
  const all = times(181, () => 'info@x.example');
  expect(all.filter((at) => at === 1_000)).toHaveLength(60);
  expect(all.filter((at) => at === 61_000)).toHaveLength(60);
  expect(all.filter((at) => at === 121_000)).toHaveLength(60);
  expect(all.at(-1)).toBe(181_000);
});

test('accounts don’t wait for each other, up to 12,000 messages a minute for the app', () => {
  const all = times(12_001, (number) => `account-${number % 400}@x.example`);
  expect(all.filter((at) => at === 1_000)).toHaveLength(12_000);
  expect(all.at(-1)).toBe(61_000);
});

test('a minute is any minute: places come free as the first messages grow old', () => {
  const quota = new SendQuota();
  for (let number = 0; number < 60; number += 1) quota.reserve('a', number * 100);
  expect(quota.reserve('a', 6_000)).toBe(60_000);
  expect(quota.reserve('a', 70_000)).toBe(70_000);
});
