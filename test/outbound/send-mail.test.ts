/** A message whose pathway changes while it is sent: it goes once, by the way the site is set to now. */

import { afterEach, expect, test } from '@jest/globals';
import type { UseDeps } from '../../src/connection/access-token.js';
import type { CredentialStore } from '../../src/credentials/credential-store.js';
import { type SendPorts, sendMail } from '../../src/outbound/send-mail.js';
import type { Site } from '../../src/sites/site.js';
import { aSite } from '../sites/a-site.js';
import {
  politely,
  startScriptedServer,
  startSmtpServer,
  type TestMailServer,
} from '../support/mail-server.js';

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

function ports(mailServer: string): SendPorts {
  return {
    signal: new AbortController().signal,
    mailServer,
    sessions: null,
    now: () => new Date(),
    credentials: async () =>
      ({ kind: 'vault', get: async () => null }) as unknown as CredentialStore,
    connectionDeps: (): Promise<UseDeps> => Promise.reject(new Error('not by Gmail')),
    onSending: () => undefined,
  };
}

/** Reads these records one after the other. */
function reading(...records: readonly Site[]): () => Promise<Site> {
  let at = 0;
  return async () => records[Math.min(at++, records.length - 1)] as Site;
}

test('SMTP was reverted in that moment: it goes by the new pathway', async () => {
  const server = await started(startSmtpServer({ security: 'none' }));
  const read = reading(onSmtp(1, 'jane'), REVERTED);
  const sent = await sendMail(read, OUTBOUND, ports(`smtp://127.0.0.1:${server.port}`));
  expect(sent.pathway).toBe('writeupp');
  expect(server.messages).toHaveLength(1);
});

test('the pathway is the same: the refusal stands', async () => {
  const read = reading(onSmtp(1, 'jane'));
  await expect(sendMail(read, OUTBOUND, ports('smtp://127.0.0.1:1'))).rejects.toMatchObject({
    code: 'invalid-settings',
    details: { sent: 'no' },
  });
});

test('it is open whether it was sent: never again, whatever the pathway is now', async () => {
  const old = await started(startScriptedServer(politely, 'cut'));
  const server = await started(startSmtpServer({ security: 'none' }));
  const read = reading(onSmtp(old.port, null), REVERTED);
  await expect(
    sendMail(read, OUTBOUND, ports(`smtp://127.0.0.1:${server.port}`)),
  ).rejects.toMatchObject({ code: 'delivery-unknown' });
  expect(server.messages).toHaveLength(0);
});
