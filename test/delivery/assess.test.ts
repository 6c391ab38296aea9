/** Will it arrive? The cases that practices are in, from their DNS to what is told. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { assessDelivery } from '../../src/delivery/assess.js';
import { deliveryAttention, deliveryLines } from '../../src/delivery/delivery-report.js';
import { dnsNote } from '../../src/delivery/dns-note.js';
import { judge } from '../../src/delivery/verdict.js';
import { DKIM_KEY, GOOGLE, type Records, resolverOf, txtOf } from './zone.js';

const SENDER = 'info@practice.example';
const SPF = { 'practice.example': [`v=spf1 ${GOOGLE} ~all`] };
const DKIM = { 'google._domainkey.practice.example': [DKIM_KEY] };
const dmarc = (tags: string): Records => ({ '_dmarc.practice.example': [`v=DMARC1; ${tags}`] });

async function assess(records: Records, sender = SENDER, account: string | null = sender) {
  const report = await assessDelivery({ sender, account }, resolverOf(records));
  const codes = deliveryAttention(report).map(({ code }) => code);
  return { report, codes, outcome: report.verdict.outcome, text: deliveryLines(report).join('\n') };
}

const ATTENTION = ['dmarc-would-fail', 'spf-without-google', 'dkim-without-google'];

describe('a practice whose account is of its own domain', () => {
  test('with everything in place has nothing to do', async () => {
    const { codes, outcome, text, report } = await assess({
      ...SPF,
      ...DKIM,
      ...dmarc('p=reject'),
    });
    expect({ codes, outcome }).toEqual({ codes: [], outcome: 'passes' });
    expect(text).toMatch(
      /passes DMARC, by SPF and by Google’s signature\. .*refuse email that fails/,
    );
    expect(dnsNote(report, 'Harbour Physio')).toBeNull();
  });

  test('passes by SPF alone, or by DKIM alone, and is told what is missing', async () => {
    const bySpf = await assess({ ...SPF, ...dmarc('p=reject') });
    expect(bySpf).toMatchObject({ codes: ['dkim-without-google'], outcome: 'passes' });
    const byDkim = await assess({ ...DKIM, ...dmarc('p=reject') });
    expect(byDkim).toMatchObject({ codes: ['spf-without-google'], outcome: 'passes' });
    expect(byDkim.text).toContain('if signing was started in the Admin console');
  });

  test.each([
    ['p=none', /nothing to be done about email that fails, so far\./],
    ['p=quarantine', /put email that fails in the junk folder\./],
    ['p=reject', /refuse email that fails\./],
    ['p=reject; pct=20', /refuse email that fails \(20 % of it\)\./],
    ['p=reject; t=y', /refuse email that fails\. It is marked as a test/],
  ])('without SPF and DKIM would fail %s', async (tags, words) => {
    const { codes, outcome, text } = await assess(dmarc(tags));
    expect({ codes, outcome }).toEqual({ codes: ATTENTION, outcome: 'fails' });
    expect(text).toMatch(words);
  });

  test('without DMARC is told what is missing, and that there is nothing to fail', async () => {
    const { codes, outcome, text } = await assess({});
    expect({ codes, outcome }).toEqual({ codes: ATTENTION.slice(1), outcome: 'not-asked' });
    expect(text).toContain('asks nothing of receivers by DMARC');
  });

  test('is given the record to publish, made of the one that is there, and who can publish it', async () => {
    const records = {
      'practice.example': ['v=spf1 mx -all'],
      ...dmarc('p=reject'),
      'NS practice.example': ['ns1.host.example', 'ns2.host.example'],
    };
    const { report } = await assess(records);
    const [failing, spf, dkim] = deliveryAttention(report);
    const record = {
      ...{ name: 'practice.example', type: 'TXT', value: `v=spf1 ${GOOGLE} mx -all` },
      replaces: ['v=spf1 mx -all'],
    };
    expect([failing?.record, spf?.record]).toEqual([record, record]);
    expect(spf?.hint).toBe(
      `The person who manages the DNS of practice.example (it is looked after at host.example) can publish this TXT record in place of the SPF record of now, at practice.example:\n  ${record.value}`,
    );
    expect(dkim?.record).toMatchObject({ name: 'google._domainkey.practice.example', value: null });
    expect(dkim?.hint).toMatch(/Google Workspace administrator.*"Generate new record"/);
    expect(dkim?.message).toContain('Whether it has another can’t be checked from here');
  });

  test('that says it sends no email is told so', async () => {
    const { codes, text } = await assess({ 'practice.example': ['v=spf1 -all'] });
    expect(codes).toEqual(ATTENTION.slice(1));
    expect(text).toMatch(/says that it sends no email at all/);
  });

  test.each([
    ['two records', { 'practice.example': ['v=spf1 a', `v=spf1 ${GOOGLE}`] }, /has 2 SPF records/],
    [
      'a fault',
      { 'practice.example': ['v=spf1 ipv4:1.2.3.4'] },
      /can’t read \("ipv4:1\.2\.3\.4"\)[\s\S]*Left out/,
    ],
    [
      'a dead end',
      { 'practice.example': ['v=spf1 include:x.example'] },
      /refers to "x\.example", where no/,
    ],
    ['addresses', { 'practice.example': ['v=spf1 ip4:209.85.128.0/17 -all'] }, /one by one/],
    [
      'every address of one kind',
      { 'practice.example': ['v=spf1 ip4:0.0.0.0/0 -all'] },
      /lets every IPv4 address, or every IPv6 address, send \("ip4:0\.0\.0\.0\/0"\)/,
    ],
    [
      'names that are gone',
      { 'practice.example': [`v=spf1 a mx a:old.example ${GOOGLE} -all`] },
      /behind names that are no longer in the DNS \("a mx a:old\.example"\)[\s\S]*include:_spf\.google\.com a mx a:old\.example -all/,
    ],
    [
      'quotation marks',
      { 'practice.example': [`"v=spf1 ${GOOGLE} -all"`] },
      /meant as SPF[\s\S]*without quotation marks[\s\S]*in place of the one of now/,
    ],
  ])('with %s in its SPF is told so', async (_what, records, words) => {
    const { codes, text } = await assess(records);
    expect(codes).toContain('spf-without-google');
    expect(text).toMatch(words);
  });

  test('with a macro in its SPF is told that each email may have another answer', async () => {
    const { text } = await assess({ 'practice.example': ['v=spf1 exists:%{i}.x.example -all'] });
    expect(text).toMatch(/works out for each email who may send \("exists:%\{i\}\.x\.example"\)/);
  });

  test('whose key nobody can use would fail, and is told what is wrong with it', async () => {
    const name = 'google._domainkey.practice.example';
    const { codes, text } = await assess({ [name]: [`"${DKIM_KEY}"`], ...dmarc('p=reject') });
    expect(codes).toEqual(ATTENTION);
    expect(text).toMatch(/can’t be used\. There are quotation marks or backslashes in it/);
  });

  test('whose DMARC is meant as such only is told so, and has nothing to fail', async () => {
    const { codes, outcome, text } = await assess({
      '_dmarc.practice.example': ['v=dmarc1; p=reject'],
    });
    expect({ codes, outcome }).toEqual({ codes: ATTENTION.slice(1), outcome: 'not-asked' });
    expect(text).toMatch(/"v=dmarc1; p=reject"\), but receivers don’t take it for one/);
  });

  test('whose SPF needs too many look-ups is told so, also where Google is in time', async () => {
    const many = Array.from({ length: 11 }, (_, index) => `a:h${index}.example`).join(' ');
    const late = await assess({ 'practice.example': [`v=spf1 ${many} ${GOOGLE} -all`] });
    expect(late.codes).toContain('spf-without-google');
    const early = await assess({ 'practice.example': [`v=spf1 ${GOOGLE} ${many} -all`] });
    expect(early.codes).not.toContain('spf-without-google');
    expect(early.text).toContain('needs 12 look-ups');
  });

  test('whose SPF is worked out by macros can’t be checked', async () => {
    const records = {
      'practice.example': ['v=spf1 include:%{i}.x.example -all'],
      ...dmarc('p=reject'),
    };
    const { codes, outcome, text } = await assess(records);
    expect({ codes, outcome }).toEqual({
      ...{ codes: ['dkim-without-google', 'dns-unknown'], outcome: 'unknown' },
    });
    expect(text).toContain('Show original');
  });

  test('with a name in other letters is asked for as the DNS writes it', async () => {
    const resolver = resolverOf({});
    await assessDelivery({ sender: 'info@Müller.example', account: null }, resolver);
    expect(resolver.asked).toContain('_dmarc.xn--mller-kva.example');
  });
});

describe('a sender in a subdomain', () => {
  const SUB = 'info@mail.practice.co.uk';
  const ACCOUNT = 'jane@practice.co.uk';
  const records = (tags: string): Records => ({
    'practice.co.uk': [`v=spf1 ${GOOGLE} -all`],
    '_dmarc.practice.co.uk': [`v=DMARC1; ${tags}`],
  });

  test('counts as of the account’s domain, unless DMARC is strict', async () => {
    expect(await assess(records('p=reject'), SUB, ACCOUNT)).toMatchObject({ outcome: 'passes' });
    const strict = await assess(records('p=reject; aspf=s; adkim=s'), SUB, ACCOUNT);
    expect(strict).toMatchObject({ outcome: 'fails' });
    expect(strict.text).toMatch(/very domain mail\.practice\.co\.uk \("strict"\)/);
  });

  test('passes strict DMARC by a key of its own', async () => {
    const key = { 'google._domainkey.mail.practice.co.uk': [DKIM_KEY] };
    const strict = { ...records('p=reject; aspf=s; adkim=s'), ...key };
    expect(await assess(strict, SUB, ACCOUNT)).toMatchObject({ outcome: 'passes' });
    const both = await assess(
      { ...records('p=reject'), ...key, 'google._domainkey.practice.co.uk': [DKIM_KEY] },
      ...([SUB, ACCOUNT] as const),
    );
    expect(both.text).toContain('(google._domainkey.mail.practice.co.uk)');
    // The key of the account's domain is not of the very domain.
    const other = {
      ...records('p=reject; aspf=s; adkim=s'),
      'google._domainkey.practice.co.uk': [DKIM_KEY],
    };
    expect(await assess(other, SUB, ACCOUNT)).toMatchObject({ outcome: 'fails' });
  });

  test('is under the policy for subdomains', async () => {
    const { text } = await assess(
      { '_dmarc.practice.co.uk': ['v=DMARC1; p=reject; sp=none'] },
      SUB,
      ACCOUNT,
    );
    expect(text).toContain('asks for nothing to be done');
  });

  test('that is not in the DNS is told so, beside what its organisation asks', async () => {
    const resolver = resolverOf({ '_dmarc.practice.co.uk': ['v=DMARC1; p=none; np=quarantine'] });
    const noName = async () => ({ kind: 'no-name' }) as const;
    const report = await assessDelivery(
      { sender: SUB, account: ACCOUNT },
      {
        ...resolver,
        txt: (name, signal) =>
          name.endsWith(SUB.slice(5)) ? noName() : resolver.txt(name, signal),
      },
    );
    const text = deliveryLines(report).join('\n');
    expect(text).toMatch(/mail\.practice\.co\.uk itself is not in the DNS/);
    expect(text).toMatch(/asks receivers to put email that fails in the junk folder/);
  });

  test('of another practice under the same registry is not of the same organisation', async () => {
    const [sender, account] = ['info@practice.uk.com', 'jane@other.uk.com'];
    const { codes, text } = await assess(
      { 'other.uk.com': [`v=spf1 ${GOOGLE}`], '_dmarc.practice.uk.com': ['v=DMARC1; p=reject'] },
      ...([sender, account] as const),
    );
    expect(codes).toEqual(['dmarc-would-fail', 'dkim-without-google']);
    expect(text).toContain('The person who manages the DNS of practice.uk.com publishes it');
  });

  test('of another practice under the same public suffix is not of the same organisation', async () => {
    const { outcome } = await assess(
      { 'other.co.uk': [`v=spf1 ${GOOGLE}`], '_dmarc.practice.co.uk': ['v=DMARC1; p=reject'] },
      ...(['info@practice.co.uk', 'jane@other.co.uk'] as const),
    );
    expect(outcome).toBe('fails');
  });
});

describe('a sender of another domain than the account', () => {
  test('on a personal account can’t be checked, whatever the DNS says: another server may send it', async () => {
    const { codes, outcome, text, report } = await assess(
      { ...SPF, ...DKIM, ...dmarc('p=quarantine') },
      ...([SENDER, 'owner@gmail.com'] as const),
    );
    expect({ codes, outcome }).toEqual({ codes: ['dns-unknown'], outcome: 'unknown' });
    expect(text).toContain('the email server that is set for this address in Gmail');
    expect(text).toContain('"Show original"');
    expect(text).toContain('through a Google Workspace account of practice.example');
    expect(dnsNote(report, 'Harbour Physio')).toBeNull();
  });

  test('on a Workspace account hangs on a key of the sender’s domain', async () => {
    const own = { 'other.example': [`v=spf1 ${GOOGLE}`], ...dmarc('p=reject') };
    const without = await assess(own, SENDER, 'jane@other.example');
    expect(without).toMatchObject({ codes: ['dmarc-would-fail', 'dkim-without-google'] });
    expect(without.text).toMatch(/Unless Gmail hands it to an email server of practice\.example/);
    const withKey = await assess({ ...own, ...DKIM }, SENDER, 'jane@other.example');
    expect(withKey).toMatchObject({ codes: [], outcome: 'passes' });
    expect(withKey.text).toContain('if practice.example is a domain of the same Google Workspace');
  });

  test('of a mailbox provider can’t be checked, and no record would fix it', async () => {
    const records = {
      '_dmarc.btinternet.com': ['v=DMARC1; p=reject'],
      'btinternet.com': ['v=spf1 -all'],
    };
    const alias = await assess(records, 'practice@btinternet.com', 'owner@gmail.com');
    expect(alias).toMatchObject({ codes: ['dns-unknown'] });
    const other = await assess(records, 'practice@btinternet.com', 'jane@practice.example');
    expect(other).toMatchObject({ codes: ['dns-unknown'], outcome: 'unknown' });
    expect(other.text).toContain('this is one of an email provider');
    expect(alias.text).toContain('Patients can be written to as owner@gmail.com');
    const { report } = await assess(records, 'practice@btinternet.com', null);
    expect(report.findings.map(({ record }) => record)).toEqual([null, null, null]);
  });
});

test('who looks after a DNS is told of the domain that was asked about, and of no other', async () => {
  const records = { ...dmarc('p=reject'), 'NS practice.example': ['ns1.registrar.example'] };
  const own = await assess(records, SENDER);
  const hints = ({ report }: typeof own) =>
    deliveryAttention(report)
      .map(({ hint }) => hint)
      .join('\n');
  expect(hints(own)).toContain('of practice.example (it is looked after at registrar.example)');
  const other = hints(await assess(records, SENDER, 'jane@other.example'));
  expect(other).not.toMatch(/DNS of other\.example \(/);
});

test('gmail.com through gmail.com passes, and nobody is asked', async () => {
  const resolver = resolverOf({});
  const question = { sender: 'owner@googlemail.com', account: 'owner@gmail.com' };
  const report = await assessDelivery(question, resolver);
  expect(report.verdict.outcome).toBe('passes');
  expect(deliveryAttention(report)).toEqual([]);
  expect(resolver.asked).toEqual([]);
});

describe('a DNS that says nothing', () => {
  const never = () => new Promise<never>(() => undefined);

  test('is told once, within the time limit', async () => {
    const silent = { txt: never, mx: never, addresses: never, ns: never };
    const report = await assessDelivery({ sender: SENDER, account: null }, silent, { limitMs: 20 });
    expect(deliveryAttention(report)).toEqual([
      expect.objectContaining({
        code: 'dns-unknown',
        message: expect.stringContaining('can’t be checked now'),
      }),
    ]);
  });

  test('is not waited for by who has stopped already', async () => {
    const silent = { txt: never, mx: never, addresses: never, ns: never };
    const options = { signal: AbortSignal.abort() };
    const report = await assessDelivery({ sender: SENDER, account: null }, silent, options);
    expect(report.findings.map(({ code }) => code)).toEqual(['dns-unknown']);
  });

  test('of one name holds up no other', async () => {
    const resolver = resolverOf({
      'practice.example': ['v=spf1 a:slow.example include:x.example -all'],
      'x.example': ['v=spf1 include:y.example -all'],
      'y.example': [`v=spf1 ${GOOGLE} -all`],
    });
    const report = await assessDelivery(
      { sender: SENDER, account: null },
      { ...resolver, addresses: never },
      { limitMs: 50 },
    );
    expect(report.verdict.spf).toMatchObject({ google: 'pass' });
  });

  test('to some questions leaves the rest told', async () => {
    const { codes, outcome } = await assess({
      'practice.example': null,
      ...DKIM,
      ...dmarc('p=reject'),
    });
    expect({ codes, outcome }).toEqual({ codes: ['dns-unknown'], outcome: 'passes' });
    const more = await assess({ ...SPF, '_dmarc.practice.example': null });
    expect(more).toMatchObject({
      codes: ['dkim-without-google', 'dns-unknown'],
      outcome: 'unknown',
    });
  });

  test('about the whole domain, because there is none, is told as that', async () => {
    const resolver = resolverOf({});
    const noName = async () => ({ kind: 'no-name' }) as const;
    const report = await assessDelivery(
      { sender: SENDER, account: null },
      { ...resolver, txt: noName },
    );
    expect(deliveryAttention(report)).toEqual([
      expect.objectContaining({
        code: 'dns-unknown',
        message: expect.stringContaining('knows no such domain'),
      }),
    ]);
    expect(dnsNote(report, 'Harbour Physio')).toBeNull();
    // A server that answers so for a name, but has something below it.
    const records = dmarc('p=reject');
    const resolverOfSome = resolverOf(records);
    const some = await assessDelivery(
      { sender: SENDER, account: null },
      {
        ...resolverOfSome,
        txt: (name, signal) => (name in records ? resolverOfSome.txt(name, signal) : noName()),
      },
    );
    expect(deliveryAttention(some).map(({ code }) => code)).toEqual(ATTENTION);
  });

  test('but of its registry only, is told as silent', async () => {
    const records = { 'practice.example': null, '_dmarc.practice.example': null };
    const resolver = resolverOf(records);
    const silent = async () => ({ kind: 'unknown' }) as const;
    const report = await assessDelivery(
      { sender: SENDER, account: null },
      {
        ...resolver,
        txt: (name, signal) => (name === '_dmarc.example' ? resolver.txt(name, signal) : silent()),
      },
    );
    expect(report.findings.map(({ topic }) => topic)).toEqual(['domain']);
  });
});

describe('the note to forward', () => {
  test('names the records, what they take the place of, and who makes the key', async () => {
    const { report } = await assess({
      'practice.example': ['v=spf1 mx -all'],
      ...dmarc('p=reject'),
    });
    const note = dnsNote(report, 'Harbour Physio') ?? '';
    expect(note).toMatch(/^Subject: .*practice\.example/);
    for (const text of [
      `     v=spf1 ${GOOGLE} mx -all`,
      '     v=spf1 mx -all',
      'google._domainkey.practice.example',
      'Harbour Physio',
      'It is urgent',
    ]) {
      expect(note).toContain(text);
    }
    for (const line of note.split('\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  test('holds nothing that a terminal obeys, whatever stands in the DNS', async () => {
    const { report, text } = await assess({
      'practice.example': ['v=spf1 \u001b[2J\u0007 a\nb -all'],
    });
    expect(`${dnsNote(report, 'Harbour Physio')}${text}`).not.toMatch(/[^\P{Cc}\n]/u);
  });
});

/** The rules alone: what helps never hurts. */
test('naming Google, a key, or a looser DMARC never makes the verdict worse', async () => {
  const RANK = { fails: 0, unknown: 1, 'not-asked': 2, passes: 2 };
  const spf = fc.constantFrom<readonly string[] | null>(
    ['v=spf1 -all'],
    ['v=spf1 a ~all'],
    ['v=spf1 exists:%{i}.x ~all'],
    null,
  );
  const key = fc.constantFrom<readonly string[] | null>([], null);
  const strict = fc.boolean();
  const domains = fc.constantFrom(
    'practice.example',
    'mail.practice.example',
    'other.example',
    'gmail.com',
  );
  const domain = (name: string) => ({ name, registered: name.replace('mail.', '') });
  fc.assert(
    fc.property(
      domains,
      domains,
      spf,
      key,
      strict,
      strict,
      (sender, account, spfNow, keyNow, aspf, adkim) => {
        const subject = {
          ...{
            sender: `a@${sender}`,
            account: `b@${account}`,
            isPersonal: account === 'gmail.com',
            isElsewhere: sender !== account && [sender, account].includes('gmail.com'),
          },
          senderDomain: domain(sender),
          accountDomain: domain(account),
        };
        const records = (over: {
          readonly spf?: string;
          readonly key?: string;
          readonly loose?: true;
        }): Records => {
          const keys = over.key === undefined ? keyNow : [over.key];
          const modes = over.loose ? '' : `;aspf=${aspf ? 's' : 'r'};adkim=${adkim ? 's' : 'r'}`;
          return {
            [account]: over.spf === undefined ? spfNow : [over.spf],
            [`google._domainkey.${sender}`]: keys,
            [`google._domainkey.${account}`]: keys,
            [`_dmarc.${sender}`]: [`v=DMARC1;p=reject${modes}`],
          };
        };
        const rank = (over: Parameters<typeof records>[0]) =>
          RANK[judge(subject, txtOf(records(over))).outcome];
        const now = rank({});
        for (const better of [
          { spf: `v=spf1 ${GOOGLE} -all` },
          { key: DKIM_KEY },
          { loose: true } as const,
        ]) {
          expect(rank(better)).toBeGreaterThanOrEqual(now);
        }
        // With both, only what another server sends can't be told of.
        const best = judge(
          subject,
          txtOf(records({ spf: `v=spf1 ${GOOGLE}`, key: DKIM_KEY, loose: true })),
        ).outcome;
        expect(best).toBe(subject.isElsewhere ? 'unknown' : 'passes');
      },
    ),
  );
});
