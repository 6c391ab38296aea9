/** Step 1: the settings are fit for the switch, and the person knows what it means. Nothing is changed. */

import { requireSameCredentialStore } from '../sites/secrets.js';
import { senderChange } from '../sites/sender.js';
import { pathway, type Site } from '../sites/site.js';
import { describeSmtp, GOOGLE_ENDED_SMTP, isGoogleSmtp } from '../sites/smtp-words.js';
import type { MigrationRun } from './migration-run.js';
import { done, type StepOutcome } from './step.js';

/** The four consequences that WriteUpp names of sending by Gmail. */
export const CONSEQUENCES: readonly string[] = [
  'Delivery of all email sent from WriteUpp will be your responsibility.',
  'WriteUpp will be unable to help with email that fails: your servers send it, not theirs.',
  'Delivery information will not be shown on the client summary.',
  'If your Google credentials change, for example the password, you will need to sign in with Google again.',
];

/** @throws MailError of the credential store, before anyone is sent to Google; `invalid-settings` */
export async function checkSettings(run: MigrationRun): Promise<StepOutcome> {
  const { site } = run.session;
  await run.ports.credentials.prove();
  requireSameCredentialStore(site, run.ports.credentials);
  return describeSettings(run, site);
}

/** What the step tells; apart from its checks, so that a dry run tells the same. */
export async function describeSettings(
  run: Pick<MigrationRun, 'ports' | 'agreedAccount'>,
  site: Site,
): Promise<StepOutcome> {
  const sender = await run.ports.describeSender(site, run.agreedAccount);
  const lines = [
    ...describePathway(site),
    ...sender,
    `Passwords and permissions are kept in ${run.ports.credentials.description}, on this computer.`,
    'What it means to send by Gmail:',
    ...CONSEQUENCES.map((line) => `  • ${line}`),
  ];
  return done(lines, {
    pathway: pathway(site),
    expectedAccount: run.agreedAccount,
    sender: senderChange(site, run.agreedAccount),
    consequences: CONSEQUENCES,
  });
}

function describePathway(site: Site): string[] {
  const who = `${site.organisation} (site ${site.name})`;
  if (site.smtp !== null) {
    return [
      `${who} sends its email by SMTP: ${describeSmtp(site.smtp)}.`,
      ...(isGoogleSmtp(site.smtp) ? GOOGLE_ENDED_SMTP : []),
    ];
  }
  return site.gmail === null
    ? [`${who} has no SMTP settings. Its email goes by the WriteUpp mail server.`]
    : [`${who} has no SMTP settings. Its email goes by Gmail, as ${site.gmail.email}.`];
}
