/** The history of sites for people: a line an event, and the certificate of a switch. */

import type { HistoryEvent, PastProof } from '../sites/history.js';
import { describeSmtp } from '../sites/smtp-words.js';
import { SIGN, type Style } from './style.js';

/** "2026-11-20 10:00 UTC  jane on desk-3, migrate: …" */
export function historyLine(event: HistoryEvent, isOfSeveral: boolean): string {
  const { site, who, host, command } = event;
  const where = isOfSeveral ? `${site}: ` : '';
  return `${timeOf(event.at)}  ${where}${wordsOf(event)} (${who} on ${host}, ${command})`;
}

/** The certificate of a site's switch: when, by whom, on what proof, and what was removed; none before it. */
export function certificate(event: HistoryEvent, style: Style): string[] {
  const { site, at, who, host, account, proof, removed } = event;
  return [
    style.strong(`${SIGN.good} Certificate of the switch: ${site}`),
    `  SMTP settings removed: ${timeOf(at)}, by ${who} on ${host}`,
    ...(removed?.smtp === undefined ? [] : [`  They were: ${smtpWords(removed.smtp)}`]),
    `  Email went by from then on: ${account === undefined ? 'the WriteUpp mail server' : `Gmail, as ${account}`}`,
    `  Proof: ${proof === undefined ? 'none on record' : proofWords(proof)}`,
  ];
}

function wordsOf(event: HistoryEvent): string {
  const { step, outcome, account, testMessage, proof, removed, fields, from } = event;
  switch (step) {
    case 'add-site':
      return 'put on record';
    case 'change-site':
      return `settings changed: ${fields?.join(', ') ?? 'not known'}`;
    case 'remove-site':
      return 'forgotten, with its secrets';
    case 'move-site':
      return `moved here from ${from ?? 'another store'}`;
    case 'sign-in':
      return `connected to Gmail as ${account}`;
    case 'sign-out':
      return `the Gmail connection of ${removed?.account ?? 'an account'} was forgotten`;
    case 'test-message':
      return `Gmail accepted the test message to ${testMessage?.to} (${testMessage?.id})`;
    case 'confirm-receipt':
      return outcome === 'confirmed'
        ? `a person confirmed that the test message ${testMessage?.id} arrived, by its reference`
        : `a person said that the test message ${testMessage?.id} did not arrive`;
    case 'revert-smtp': {
      const what = removed?.smtp === undefined ? '' : `: ${smtpWords(removed.smtp)}`;
      return `the SMTP settings and their password were removed${what}. Proof: ${proof === undefined ? 'none on record' : proofWords(proof)}`;
    }
    case 'done-in-writeupp':
      return 'a person said that the switch was made in WriteUpp itself';
    default:
      // A line of a newer program.
      return `${String(step)}: ${String(outcome)}`;
  }
}

function proofWords({ by, testMessage }: PastProof): string {
  if (testMessage === null) return 'none: a person asked for the deletion';
  const { id, to, receipt, reference } = testMessage;
  const how = {
    confirmed: `a person confirmed it by its reference${reference === undefined ? '' : ` ${reference}`}`,
    denied: 'a person said that it did not arrive',
    'accepted-by-gmail': 'accepted by Gmail; nobody was asked',
  }[receipt];
  const asked = by === 'asked-for' ? ' A person asked for the deletion by name.' : '';
  return `test message ${id} to ${to}, ${how}.${asked}`;
}

function smtpWords(smtp: NonNullable<NonNullable<HistoryEvent['removed']>['smtp']>): string {
  const words = describeSmtp({ ...smtp, password: null });
  return smtp.from === null ? words : `${words}, sending as ${smtp.from}`;
}

function timeOf(at: string): string {
  return `${at.slice(0, 10)} ${at.slice(11, 16)} UTC`;
}
