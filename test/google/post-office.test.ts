/** What the stand-in keeps of a long series: facts of all, content of the last. */
import { expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { AccountBook } from './accounts.js';
import { PostOffice, type PostOfficeOptions } from './post-office.js';

const account = new AccountBook().add({ email: 'info@harbour-physio.example' });

/** A post office that took in so many messages, each of some 1,000 bytes in all. */
async function after(count: number, options: PostOfficeOptions): Promise<PostOffice> {
  const postOffice = new PostOffice(options);
  for (let at = 0; at < count; at += 1) {
    const raw = Buffer.from(`To: a@p.example\r\nSubject: ${at}\r\n\r\n${'x'.repeat(400)}\r\n`);
    const parsed = await simpleParser(raw);
    await postOffice.accept(account, { raw, parsed, to: ['a@p.example'], threadId: undefined });
  }
  return postOffice;
}

test.each([
  ['messages', { messages: 2, bytes: 1_000_000 }],
  ['bytes', { messages: 1_000, bytes: 2_500 }],
])('no more than so many %s are kept whole', async (_, whole) => {
  const { messages, mailbox } = await after(5, { whole }).then((postOffice) => ({
    messages: postOffice.messages,
    mailbox: postOffice.mailbox('a@p.example'),
  }));
  for (const all of [messages, mailbox]) {
    expect(all).toHaveLength(5);
    expect(all.slice(-2).map(({ parsed }) => parsed.subject)).toEqual(['3', '4']);
    expect(() => all[2]?.raw).toThrow('only the facts are kept');
  }
  expect(messages[0]).toMatchObject({ account: account.email, deliveredTo: ['a@p.example'] });
});

test('a message over the limit is kept until the next one', async () => {
  const { messages } = await after(1, { whole: { messages: 1, bytes: 1 } });
  expect(messages[0]?.parsed.subject).toBe('0');
});

test('one that does not remember tells of each, and keeps none', async () => {
  const told: string[] = [];
  const onMessage = ({ id }: { readonly id: string }) => void told.push(id);
  const postOffice = await after(3, { onMessage, remembers: false });
  expect(told).toHaveLength(3);
  expect(postOffice.messages).toEqual([]);
  expect(postOffice.mailbox('a@p.example')).toEqual([]);
});
