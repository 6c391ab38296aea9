/** What `status --check` and `migrate` tell of the DNS of the sender's domain, asked of a real DNS server. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { DKIM_KEY, GOOGLE } from '../delivery/zone.js';
import { type DnsServerUnderTest, startDnsServer, type Zone } from '../support/dns-server.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, SITE } from '../support/workspace.js';

const DOMAIN = 'harbour-physio.example';
const REJECT = { [`_dmarc.${DOMAIN}`]: ['v=DMARC1; p=reject'] };
const WITHOUT_GOOGLE: Zone = { txt: { ...REJECT, [DOMAIN]: ['v=spf1 mx -all'] } };
const IN_ORDER: Zone = {
  txt: {
    ...REJECT,
    [DOMAIN]: [`v=spf1 ${GOOGLE} -all`],
    [`google._domainkey.${DOMAIN}`]: [DKIM_KEY],
  },
};
const RECORD = `v=spf1 ${GOOGLE} mx -all`;
const SIGN_IN = ['sign-in', '--account', ACCOUNT, '--json'];
const CODES = ['dmarc-would-fail', 'spf-without-google', 'dkim-without-google'];

describeWith(['dnsmasq'], 'will it arrive?', () => {
  const { google, workspace } = useComputer();
  let dns: DnsServerUnderTest | null = null;

  afterEach(async () => {
    await dns?.stop();
    dns = null;
  });

  async function serve(zone: Zone): Promise<{ readonly env: Record<string, string> }> {
    dns = await startDnsServer(zone);
    return { env: { WRITEUPP_MAIL_DNS: dns.address } };
  }

  async function connect(): Promise<void> {
    await workspace.run(['site', 'add', SITE, '--login', ACCOUNT, '--json']);
    const { run } = await workspace.runWithPerson(SIGN_IN, { account: ACCOUNT });
    expect(run.code).toBe(0);
  }

  test('status --check warns, says what to publish, and stops nothing', async () => {
    await connect();
    const options = await serve(WITHOUT_GOOGLE);
    const json = await workspace.run(['status', '--check', '--json'], options);
    expect(json.code).toBe(0);
    const { attention, checks } = json.result as unknown as {
      readonly attention: readonly { readonly code: string; readonly hint: string }[];
      readonly checks: object;
    };
    expect(attention.filter(({ code }) => CODES.includes(code))).toEqual([
      expect.objectContaining({
        code: CODES[0],
        record: expect.objectContaining({ value: RECORD }),
      }),
      expect.objectContaining({ code: CODES[1], hint: expect.stringContaining(RECORD) }),
      expect.objectContaining({ code: CODES[2], hint: expect.stringContaining('administrator') }),
    ]);
    expect(checks).toMatchObject({
      delivery: { sender: ACCOUNT, account: ACCOUNT, dmarc: 'fails' },
    });
    const { stdout } = await workspace.run(['status', '--check'], options);
    expect(stdout).toMatch(/^ {2}! Email of .* would fail DMARC/m);
    expect(stdout).toContain(`\n      ${RECORD}\n`);
  });

  test('status --check says what is in order', async () => {
    await connect();
    const options = await serve(IN_ORDER);
    const json = await workspace.run(['status', '--check', '--json'], options);
    expect(json.result).toMatchObject({ attention: [{ code: 'not-tested' }] });
    const { stdout } = await workspace.run(['status', '--check'], options);
    expect(stdout).toMatch(/^ {2}✓ Email of .* passes DMARC, by SPF and by Google’s signature/m);
  });

  test('status --check says that it can’t be checked where the DNS does not answer', async () => {
    await connect();
    const run = await workspace.run(
      ['status', '--check', '--json'],
      await serve({ silent: [DOMAIN] }),
    );
    expect(run.code).toBe(0);
    expect(run.result?.attention).toContainEqual(expect.objectContaining({ code: 'dns-unknown' }));
  });

  test('the sender is the send-as address, where the site has one', async () => {
    await workspace.run([
      ...['site', 'add', SITE, '--login', ACCOUNT, '--send-as', 'info@other.example', '--json'],
    ]);
    await workspace.runWithPerson(SIGN_IN, { account: ACCOUNT });
    const run = await workspace.run(['status', '--check', '--json'], await serve(IN_ORDER));
    expect(run.result?.checks).toMatchObject({
      delivery: { sender: 'info@other.example', account: ACCOUNT },
    });
  });

  test('a rehearsal asks no DNS unless one is named', async () => {
    await connect();
    const run = await workspace.run(['status', '--check', '--json']);
    expect(run.result?.checks).toMatchObject({ delivery: null });
  });

  test('migrate tells it in its first step, in a dry run too, and goes on', async () => {
    await workspace.addSite();
    const options = await serve(WITHOUT_GOOGLE);
    const args = ['migrate', '--yes', '--json'];
    const dry = await workspace.run([...args, '--dry-run'], options);
    const { run } = await workspace.runWithPerson(args, { account: ACCOUNT }, options);
    for (const { code, events } of [dry, run]) {
      expect(code).toBe(0);
      expect(events).toContainEqual(
        expect.objectContaining({
          ...{ event: 'step', step: 'check-settings', status: 'done' },
          delivery: expect.objectContaining({ dmarc: 'fails' }),
        }),
      );
    }
  });

  test('migrate --all warns with each site, and counts them; it goes on', async () => {
    await workspace.addSite();
    const keyFile = join(workspace.folder, 'key.json');
    await writeFile(keyFile, JSON.stringify(await google.addServiceAccount().newKey()));
    const options = await serve(WITHOUT_GOOGLE);
    const args = ['migrate', '--all', '--yes', '--service-account', keyFile];
    const dry = await workspace.run([...args, '--dry-run'], options);
    expect(dry.stdout).toContain('1 may send what others refuse, because of its DNS');
    const run = await workspace.run([...args, '--json'], options);
    expect(run.code).toBe(0);
    expect(run.events[0]).toMatchObject({
      ...{ event: 'site', site: SITE, outcome: 'migrated' },
      attention: CODES.map((code) => ({ code })),
    });
  });

  test('migrate tells people what it waits for, and what to publish', async () => {
    await workspace.addSite();
    const run = await workspace.run(['migrate', '--yes', '--dry-run'], await serve(WITHOUT_GOOGLE));
    expect(run.stderr).toContain(`Reading the DNS for ${ACCOUNT}`);
    expect(run.stdout).toContain(RECORD);
    expect(run.stdout).toContain('asks receivers to refuse email that fails');
  });

  test('a DNS server that is none is refused', async () => {
    const run = await workspace.run(['status', '--json'], { env: { WRITEUPP_MAIL_DNS: 'a b' } });
    expect(run).toMatchObject({ code: 2, error: { code: 'invalid-settings' } });
    expect(run.error?.message).toContain('WRITEUPP_MAIL_DNS');
  });
});
