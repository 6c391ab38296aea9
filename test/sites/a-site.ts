/** Sites for tests: a practice as it stands on record, with only what matters changed. */

import { hashReference } from '../../src/sites/reference.js';
import type {
  DelegatedConnection,
  OAuthConnection,
  Site,
  SmtpSettings,
  TestMessage,
} from '../../src/sites/site.js';

export const ISSUER = 'https://accounts.google.com';

export const SMTP: SmtpSettings = {
  host: 'smtp.gmail.com',
  port: 587,
  security: 'starttls',
  user: 'info@harbour-physio.example',
  from: null,
  password: { slot: 'a', id: 'password-1' },
};

/** What stands in each test message here. */
export const REFERENCE = 'KTM-472';

export const TEST_MESSAGE: TestMessage = {
  to: 'jane@harbour-physio.example',
  id: '18c2f0a1b2c3d4e5',
  referenceHash: hashReference('connection-1', REFERENCE),
  acceptedAt: '2026-11-20T10:00:00.000Z',
  arrival: 'unanswered',
  from: 'info@harbour-physio.example',
  senderSeen: false,
};

export const GMAIL: OAuthConnection = {
  id: 'connection-1',
  method: 'oauth',
  email: 'info@harbour-physio.example',
  subject: '112233445566778899001',
  issuer: ISSUER,
  clientId: '1234-abc.apps.googleusercontent.com',
  tokenSlot: 'a',
  connectedAt: '2026-11-20T09:59:00.000Z',
  usedAt: '2026-11-20T10:00:00.000Z',
  test: TEST_MESSAGE,
};

const { subject: _subject, clientId: _client, tokenSlot: _slot, ...ANY_CONNECTION } = GMAIL;

/** By a service account’s key. */
export const DELEGATED: DelegatedConnection = {
  ...ANY_CONNECTION,
  method: 'delegation',
  serviceAccount: {
    email: 'mail@practice.iam.gserviceaccount.com',
    clientId: '1',
    signing: 'key',
  },
};

/** A practice with neither SMTP settings nor a Gmail connection, but for what is given. */
export function aSite(given: Partial<Site> = {}): Site {
  return {
    name: 'harbour-physio',
    organisation: 'Harbour Physio',
    organisationEmail: null,
    login: 'jane@harbour-physio.example',
    sendAs: null,
    account: null,
    credentials: null,
    smtp: null,
    smtpRevertedAt: null,
    gmail: null,
    doneInWriteUpp: null,
    ...given,
  };
}
