/** Who patients see as the sender, and whether a domain's email is likely to be at Google. */

import { describe, expect, test } from '@jest/globals';
import { hostedByGoogle } from '../../src/sites/google-hosting.js';
import { describeSender, senderLines } from '../../src/sites/sender.js';
import { aSite, SMTP } from './a-site.js';

const INFO = 'info@harbour-physio.example';
const JANE = 'jane@harbour-physio.example';

const mx =
  (...exchanges: string[]) =>
  async () =>
    exchanges.map((exchange) => ({ exchange }));
const noNetwork = async () => {
  throw Object.assign(new Error('queryMx ECONNREFUSED'), { code: 'ECONNREFUSED' });
};

describe('the sender', () => {
  test('that changes is named before and after, with what keeps it', () => {
    const text = senderLines({ today: INFO, after: JANE }).join('\n');
    expect(text).toContain(`Patients see ${INFO} as the sender today. Google will send as ${JANE}`);
    expect(text).toContain(`To keep ${INFO}`);
    expect(text).toContain('Send mail as');
  });

  test('that stays is said to stay', () => {
    expect(senderLines({ today: INFO, after: INFO.toUpperCase() })).toEqual([
      `Patients see ${INFO} as the sender, before and after.`,
    ]);
  });

  test('is not guessed where the settings do not tell', async () => {
    const smtp = { ...SMTP, user: 'a-user-name' };
    expect(await describeSender(aSite({ smtp }), JANE, null)).toEqual([]);
  });

  test('moves to another provider where the SMTP server is not Google’s', async () => {
    const smtp = { ...SMTP, host: 'smtp.office365.com' };
    const lines = await describeSender(aSite({ smtp }), INFO, null);
    expect(lines.join('\n')).toContain('smtp.office365.com is not a server of Google’s');
    expect((await describeSender(aSite({ smtp: SMTP }), INFO, null)).join('\n')).not.toContain(
      'not a server of Google’s',
    );
  });

  test('looks each domain up once, and nothing where it may not', async () => {
    const asked: string[] = [];
    const lookUp = async (domain: string) => {
      asked.push(domain);
      return [{ exchange: 'aspmx.l.google.com' }];
    };
    const lines = await describeSender(aSite({ smtp: SMTP }), INFO, lookUp);
    expect(asked).toEqual(['harbour-physio.example']);
    expect(lines.at(-1)).toBe('Email of harbour-physio.example is likely to be at Google already.');
  });
});

describe('a domain', () => {
  test.each([
    'smtp.google.com',
    'ASPMX.L.Google.com.',
    'alt4.aspmx.l.google.com',
    'aspmx3.googlemail.com',
  ])('whose mail server is %s is likely to be at Google', async (exchange) => {
    expect(await hostedByGoogle('practice.example', mx('other.example', exchange))).toBe('likely');
  });

  test.each([
    ['another server', mx('practice-example.mail.protection.outlook.com')],
    ['a name that only looks like Google’s', mx('aspmx.l.google.com.attacker.example')],
    ['a filter service', mx('filter.example')],
    ['no mail server', mx()],
    ['no network', noNetwork],
  ])('with %s can’t be told, and is never said not to be', async (_what, resolveMx) => {
    expect(await hostedByGoogle('practice.example', resolveMx)).toBe('unknown');
    const lines = await describeSender(aSite({ smtp: SMTP }), INFO, resolveMx);
    expect(lines.at(-1)).toContain('can’t be told from here');
  });

  test('of personal Gmail needs no look-up', async () => {
    expect(await hostedByGoogle('GMail.com', noNetwork)).toBe('likely');
  });
});
