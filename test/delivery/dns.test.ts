/** The look-ups, against a real DNS server. */

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { assessDelivery } from '../../src/delivery/assess.js';
import { deliveryAttention } from '../../src/delivery/delivery-report.js';
import { type DnsResolver, dnsResolver } from '../../src/delivery/dns.js';
import { parseDnsServer } from '../../src/delivery/dns-server.js';
import { type DnsServerUnderTest, startDnsServer } from '../support/dns-server.js';
import { describeWith } from '../support/system-part.js';
import { DKIM_KEY, GOOGLE } from './zone.js';

const LONG = `v=spf1 ${Array.from({ length: 60 }, (_, index) => `ip4:192.0.2.${index}`).join(' ')} -all`;

describeWith(['dnsmasq'], 'a DNS server', () => {
  let server: DnsServerUnderTest;
  let resolver: DnsResolver;
  const signal = AbortSignal.timeout(20_000);

  beforeAll(async () => {
    server = await startDnsServer({
      txt: {
        'practice.example': [
          'google-site-verification=x',
          `v=spf1 a include:spf.practice.example ~all`,
        ],
        'spf.practice.example': [`v=spf1 ${GOOGLE} ?all`],
        '_dmarc.practice.example': ['v=DMARC1; p=reject; rua=mailto:x@practice.example'],
        'key.host.example': [DKIM_KEY],
        'long.example': [LONG],
        'quiet.example': ['v=spf1 include:x.silent.example -all'],
        '_dmarc.quiet.example': ['v=DMARC1; p=reject'],
      },
      addresses: { 'old.example': '192.0.2.1', 'new.example': '2001:db8::1' },
      mx: { 'practice.example': 'smtp.google.com' },
      ns: { 'practice.example': 'ns1.host.example' },
      cname: { 'google._domainkey.practice.example': 'key.host.example' },
      broken: ['broken.example'],
      silent: ['silent.example'],
    });
    resolver = dnsResolver(parseDnsServer(server.address));
  });
  afterAll(() => server.stop());

  test('is asked for every kind of record', async () => {
    expect(await resolver.txt('_dmarc.practice.example', signal)).toEqual({
      kind: 'found',
      records: ['v=DMARC1; p=reject; rua=mailto:x@practice.example'],
    });
    expect(await resolver.mx('practice.example', signal)).toEqual({
      kind: 'found',
      records: ['smtp.google.com'],
    });
    expect(await resolver.addresses('old.example', signal)).toEqual({
      kind: 'found',
      records: ['192.0.2.1'],
    });
    expect(await resolver.addresses('new.example', signal)).toEqual({
      kind: 'found',
      records: ['2001:db8::1'],
    });
    expect(await resolver.ns('practice.example', signal)).toEqual({
      kind: 'found',
      records: ['ns1.host.example'],
    });
  });

  test('gives a long text as one', async () => {
    expect(LONG.length).toBeGreaterThan(512);
    expect(await resolver.txt('long.example', signal)).toEqual({ kind: 'found', records: [LONG] });
  });

  test('follows an alias', async () => {
    const name = 'google._domainkey.practice.example';
    expect(await resolver.txt(name, signal)).toEqual({ kind: 'found', records: [DKIM_KEY] });
  });

  test.each([
    ['no-name', 'nowhere.example'],
    ['no-name', 'a..b'],
    ['unknown', 'broken.example'],
    // Not of its domains: it refuses.
    ['unknown', 'practice.test'],
  ])('says %s of %s', async (kind, name) => {
    expect(await resolver.txt(name, signal)).toEqual({ kind });
  });

  test('says none of a name that has only other records', async () => {
    expect(await resolver.mx('spf.practice.example', signal)).toEqual({ kind: 'none' });
  });

  test('that does not answer is waited for as long as the signal allows', async () => {
    expect(await resolver.txt('x.silent.example', AbortSignal.timeout(50))).toEqual({
      kind: 'unknown',
    });
    expect(await resolver.txt('practice.example', AbortSignal.abort())).toEqual({
      kind: 'unknown',
    });
  });

  test('that is not there at all is told as unknown', async () => {
    const nobody = dnsResolver({ host: '127.0.0.1', port: 1 });
    expect(await nobody.txt('practice.example', AbortSignal.timeout(2_000))).toEqual({
      kind: 'unknown',
    });
    const nameless = dnsResolver({ host: 'nowhere.invalid', port: 53 });
    expect(await nameless.txt('practice.example', signal)).toEqual({ kind: 'unknown' });
  });

  test('can be named instead of numbered', async () => {
    const { port = 0 } = parseDnsServer(server.address) ?? {};
    const named = dnsResolver({ host: 'localhost', port });
    expect(await named.txt('spf.practice.example', signal)).toMatchObject({ kind: 'found' });
  });

  test('lets a practice be judged, with what stands deep down and behind an alias', async () => {
    const report = await assessDelivery(
      { sender: 'info@practice.example', account: null },
      resolver,
    );
    expect(report.verdict).toMatchObject({ outcome: 'passes', bySpf: 'yes', byDkim: 'yes' });
    expect(deliveryAttention(report)).toEqual([]);
  });

  test('that answers in part lets the rest be told within the limit', async () => {
    const question = { sender: 'info@quiet.example', account: null };
    const report = await assessDelivery(question, resolver, { limitMs: 300 });
    expect(report.verdict).toMatchObject({ outcome: 'unknown', bySpf: 'unknown', byDkim: 'no' });
    expect(deliveryAttention(report).map(({ code }) => code)).toEqual([
      'dkim-without-google',
      'dns-unknown',
    ]);
  });
});
