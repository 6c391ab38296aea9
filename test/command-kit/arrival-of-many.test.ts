/** The DNS of many senders: each domain is asked about once, and a DNS that does not answer stops nothing. */

import { expect, test } from '@jest/globals';
import { arrivalOfMany } from '../../src/command-kit/arrival-of-many.js';
import type { DeliveryCode, DeliveryReport } from '../../src/delivery/report.js';
import type { DeliveryQuestion } from '../../src/delivery/subject.js';

/** A DNS that gives this code for each question; null: it fails, which the port never does. */
function dnsThat(code: DeliveryCode | null) {
  const asked: string[] = [];
  const assess = async ({ sender }: DeliveryQuestion) => {
    asked.push(sender);
    if (code === null) throw new Error('broken');
    const finding = { topic: 'spf', status: 'warning', message: code, hint: '', record: null };
    return { findings: [{ ...finding, code }] } as unknown as DeliveryReport;
  };
  return { asked, arrival: arrivalOfMany(assess) };
}

const question = (sender: string) => ({ sender, account: sender });

test('each domain is asked about once, also by several at once', async () => {
  const { asked, arrival } = dnsThat('spf-without-google');
  const found = await Promise.all(
    ['a@one.example', 'b@ONE.example', 'a@two.example'].map((sender) => arrival(question(sender))),
  );
  expect(found.map((all) => all.map(({ code }) => code))).toEqual(
    Array(3).fill(['spf-without-google']),
  );
  expect(asked).toEqual(['a@one.example', 'a@two.example']);
});

test('a DNS that gives no answer is asked three times, and no more', async () => {
  const { asked, arrival } = dnsThat('dns-unknown');
  for (let index = 0; index < 5; index += 1) await arrival(question(`a@${index}.example`));
  expect(asked).toHaveLength(3);
});

test('it is never an error, and nothing where the DNS is not asked', async () => {
  expect(await dnsThat(null).arrival(question('a@one.example'))).toEqual([]);
  expect(await arrivalOfMany(null)(question('a@one.example'))).toEqual([]);
  expect(await dnsThat('spf-without-google').arrival(null)).toEqual([]);
});
