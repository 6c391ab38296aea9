/** A message whose pathway changes while it is sent: it goes once, by the way the site is set to now. */

import { Readable } from 'node:stream';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import type { CredentialStore } from '../../src/credentials/credential-store.js';
import { MailError, unexpectedError } from '../../src/errors.js';
import type { World } from '../../src/kit/world.js';
import { failureOf } from '../../src/send/outcome.js';
import { sendMail } from '../../src/send/send-mail.js';
import { sysexitOf } from '../../src/send/sysexits.js';
import type { Site } from '../../src/sites/site.js';
import type { SiteStore } from '../../src/sites/site-store.js';
import { OWN_SETTINGS } from '../../src/stores/own-settings.js';
import { aSite, GMAIL } from '../sites/a-site.js';
import {
  politely,
  startScriptedServer,
  startSmtpServer,
  type TestMailServer,
} from '../support/mail-server.js';
import { runIn, twin } from '../support/twin.js';

const OUTBOUND = {
  bytes: Buffer.from('From: a@clinic.example\r\nTo: pat@patient.example\r\n\r\nText.\r\n'),
  asked: { fromHeader: false, addresses: [] },
  envelopeSender: null,
  senderName: null,
};

const REVERTED: Site = aSite({ smtpRevertedAt: '2026-11-16T09:30:00.000Z' });

const servers: TestMailServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function started<T extends TestMailServer>(starting: Promise<T>): Promise<T> {
  const server = await starting;
  servers.push(server);
  return server;
}

/** A site with SMTP settings for a user, whose password is gone from the store. */
function onSmtp(port: number, user: string | null): Site {
  const smtp = { host: '127.0.0.1', port, security: 'none' as const, user, from: null };
  return {
    ...REVERTED,
    smtpRevertedAt: null,
    smtp: { ...smtp, password: { slot: 'a', id: 'password-1' } },
  };
}

/** A world whose site is read as these records, one after the other; an error is why it can't be read. */
function worldOf(mailServer: string, ...records: readonly (Site | MailError)[]): World {
  let at = 0;
  const store = {
    read: async () => {
      const record = records[Math.min(at++, records.length - 1)];
      if (record instanceof Error) throw record;
      return record as Site;
    },
    can: OWN_SETTINGS.can,
  } as unknown as SiteStore;
  return twin({
    environment: { mailServer } as World['environment'],
    sites: async () => store,
    secrets: async () => ({ kind: 'vault', get: async () => null }) as unknown as CredentialStore,
  });
}

test('SMTP was reverted in that moment: it goes by the new pathway', async () => {
  const server = await started(startSmtpServer({ security: 'none' }));
  const world = worldOf(`smtp://127.0.0.1:${server.port}`, onSmtp(1, 'jane'), REVERTED);
  const sent = await sendMail(world, REVERTED.name, OUTBOUND);
  expect(sent.pathway).toBe('writeupp');
  expect(server.messages).toHaveLength(1);
});

test('the pathway is the same: the refusal stands', async () => {
  const world = worldOf('smtp://127.0.0.1:1', onSmtp(1, 'jane'));
  await expect(sendMail(world, REVERTED.name, OUTBOUND)).rejects.toMatchObject({
    code: 'invalid-settings',
    details: { sent: 'no' },
  });
});

describe('the server asked to try later, so nothing was sent: for a later try', () => {
  const afterHandOver = async (...records: readonly (Site | MailError)[]) => {
    const old = await started(startScriptedServer(politely, '451 4.3.0 try later'));
    let tries = 0;
    const world = {
      ...worldOf('', onSmtp(old.port, null), ...records),
      client: () => Promise.reject(new MailError('storage', 'The disk fails.', 'Look at it.')),
    };
    const handOver = async () => {
      tries += 1;
    };
    const error = await sendMail(world, REVERTED.name, { ...OUTBOUND, handOver }).catch((e) => e);
    return { error, tries, outcome: failureOf(error, true).outcome };
  };

  test.each([
    ['its store can’t be read any more', new MailError('network', 'The store is away.', 'Wait.')],
    ['the site was removed', new MailError('no-such-site', 'There is no such site.', 'Look.')],
  ])('also where %s', async (_what, broken) => {
    expect(await afterHandOver(broken)).toMatchObject({
      error: { code: 'network', message: expect.stringContaining('127.0.0.1') },
      ...{ tries: 1, outcome: 'later' },
    });
  });

  test('also where the new pathway fails before the message is handed over to it', async () => {
    expect(await afterHandOver({ ...REVERTED, gmail: GMAIL })).toMatchObject({
      error: { code: 'storage', details: { sent: 'no' } },
      ...{ tries: 1, outcome: 'later' },
    });
  });
});

test('the store leaves email by SMTP to WriteUpp: no password is read, and nothing is sent', async () => {
  const site = onSmtp(1, 'jane');
  const world = worldOf('', site);
  const store = { ...(await world.sites()), can: { ...OWN_SETTINGS.can, readPassword: false } };
  const secrets = () => Promise.reject(new Error('read'));
  await expect(
    sendMail({ ...world, sites: async () => store, secrets }, site.name, OUTBOUND),
  ).rejects.toMatchObject({ code: 'usage', details: { sent: 'no' } });
});

test('it is open whether it was sent: never again, whatever the pathway is now', async () => {
  const old = await started(startScriptedServer(politely, 'cut'));
  const server = await started(startSmtpServer({ security: 'none' }));
  const world = worldOf(`smtp://127.0.0.1:${server.port}`, onSmtp(old.port, null), REVERTED);
  await expect(sendMail(world, REVERTED.name, OUTBOUND)).rejects.toMatchObject({
    code: 'delivery-unknown',
  });
  expect(server.messages).toHaveLength(0);
});

test('some got it, and some did not: nobody gets it again, whatever the pathway is now', async () => {
  const old = await started(
    startScriptedServer(
      (line) => (line.includes('<gone@') ? '550 5.1.1 no such user' : politely(line)),
      '250 2.0.0 taken',
    ),
  );
  const server = await started(startSmtpServer({ security: 'none' }));
  const world = worldOf(`smtp://127.0.0.1:${server.port}`, onSmtp(old.port, null), REVERTED);
  const addresses = ['pat@patient.example', 'gone@patient.example'];
  const outbound = { ...OUTBOUND, asked: { fromHeader: false, addresses } };
  await expect(sendMail(world, REVERTED.name, outbound)).rejects.toMatchObject({
    code: 'smtp-refused',
    details: { sent: 'partly' },
  });
  expect(server.messages).toHaveLength(0);
});

/** Sends the message by the command. */
function send(world: World): Promise<unknown> {
  const stdin = Object.assign(Readable.from([OUTBOUND.bytes]), { isTTY: false });
  const streams = { ...world.streams, stdin: stdin as unknown as NodeJS.ReadStream };
  return runIn({ ...world, streams }, 'send', '--site', REVERTED.name);
}

test.each([
  ['OpenSSL', new Error('error:030C0100:digital envelope routines::malloc failure')],
  ['the system', Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN' })],
  ['V8', new RangeError('Array buffer allocation failed')],
])(
  'too little memory before anything left is for a later try, as %s says it',
  async (_whose, error) => {
    const world = { ...worldOf('', onSmtp(1, 'jane')), secrets: () => Promise.reject(error) };
    const end = await send(world);
    expect(end).toMatchObject({ code: 'internal', details: { sent: 'no' } });
    expect(sysexitOf(end as MailError, false)).toBe(75);
    // Where it is not known whether it left, it is never tried again.
    expect(sysexitOf(unexpectedError(error), false)).toBe(70);
  },
);

test('too few files to open, once the message may have left, never says that nothing was sent', async () => {
  const server = await started(startScriptedServer(politely, 'cut'));
  const shortage = Object.assign(new Error('open EMFILE'), { code: 'EMFILE' });
  const explaining = '../../src/kit/explain-for-site.js';
  jest.unstable_mockModule(explaining, () => Promise.reject(shortage));
  const end = await send(worldOf('', onSmtp(server.port, null)));
  jest.unstable_unmockModule(explaining);
  expect(server.lines).toContain('.');
  expect(end).toBe(shortage);
  expect(sysexitOf(unexpectedError(end), false)).toBe(70);
});
