/** The history of sites for people: one line per event, and the certificate of a switch. */

import type { HistoryEvent, PastProof } from '../sites/site-history.js';
import { describeSmtp } from '../sites/smtp-words.js';
import { SIGN, type Style } from '../terminal/style.js';
import { oneLine } from '../text/safe-text.js';

/** "2026-11-20 10:00 UTC  jane on desk-3, migrate: …" */
export function historyLine(event: HistoryEvent, isOfSeveral: boolean): string {
  const { site, who, host, command } = event;
  const about = site === '' ? 'the team' : site;
  const where = isOfSeveral ? `${about}: ` : '';
  return oneLine(`${timeOf(event.at)}  ${where}${wordsOf(event)} (${who} on ${host}, ${command})`);
}

/** The evidence for a switch, ready to be shown as lines or as a page. */
export interface Certificate {
  readonly title: string;
  readonly practice: string;
  readonly rows: readonly { readonly label: string; readonly lines: readonly string[] }[];
}

/** What is known of the site today, in addition to what was recorded when it was switched. */
interface SiteToday {
  /** Null if the site is no longer on record. */
  readonly organisation: string | null;
  /** The steps left to do in WriteUpp itself; null if unknown. */
  readonly leftToDo: readonly string[] | null;
  readonly doneInWriteUpp: string | null;
}

/** Null if the line names no accepted test message as the proof for the deletion: there is nothing to certify. */
export function certificateOf(event: HistoryEvent, today: SiteToday): Certificate | null {
  const { site, at, who, host, account, proof, removed } = event;
  if (account === undefined || proof === undefined || !isProof(proof)) return null;
  const { organisation, leftToDo, doneInWriteUpp } = today;
  const row = (label: string, ...lines: readonly string[]) => ({
    label,
    lines: lines.map(oneLine),
  });
  const left =
    doneInWriteUpp !== null
      ? [`Nothing: a person said on ${timeOf(doneInWriteUpp)} that it is done there too.`]
      : leftToDo === null
        ? []
        : leftToDo.length === 0
          ? ['Nothing.']
          : leftToDo;
  return {
    title: 'Certificate of the switch',
    practice: oneLine(
      organisation === null || organisation === site ? site : `${organisation} (${site})`,
    ),
    rows: [
      row('SMTP settings removed', `${timeOf(at)}, by ${who} on ${host}`),
      ...(removed?.smtp === undefined ? [] : [row('They were', smtpWords(removed.smtp))]),
      row('Email went by from then on', `Gmail, as ${account}`),
      row('Proof', proofWords(proof)),
      ...(left.length === 0 ? [] : [row('Left to do in WriteUpp', ...left)]),
    ],
  };
}

/** The certificate for a terminal. */
export function certificateLines({ title, practice, rows }: Certificate, style: Style): string[] {
  return [
    style.strong(`${SIGN.good} ${title}: ${practice}`),
    ...rows.flatMap(({ label, lines: [first = '', ...rest] }) =>
      rest.length === 0
        ? [`  ${label}: ${first}`]
        : [`  ${label}:`, ...[first, ...rest].map((line) => `    ${line}`)],
    ),
  ];
}

/** Whether the line says that there was no proof. A line may also say nothing about it. */
export function isWithoutProof({ proof }: HistoryEvent): boolean {
  return proof !== undefined && !isProof(proof);
}

function isProof({ testMessage }: PastProof): boolean {
  return testMessage !== null && testMessage.receipt !== 'denied';
}

function wordsOf(event: HistoryEvent): string {
  const { step, outcome, account, testMessage, proof, removed, fields, from, member } = event;
  const person = member?.name ?? 'a person';
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
      return account === undefined ? 'connected to Gmail' : `connected to Gmail as ${account}`;
    case 'sign-out':
      return `the Gmail connection of ${removed?.account ?? 'an account'} was forgotten`;
    case 'test-message':
      return testMessage === undefined
        ? 'Gmail accepted a test message'
        : `Gmail accepted the test message to ${testMessage.to} (${testMessage.id})`;
    case 'confirm-receipt': {
      const message = testMessage === undefined ? 'test message' : `test message ${testMessage.id}`;
      return outcome === 'confirmed'
        ? `a person confirmed that the ${message} arrived, by its reference`
        : `a person said that the ${message} did not arrive`;
    }
    case 'revert-smtp': {
      const what = removed?.smtp === undefined ? '' : `: ${smtpWords(removed.smtp)}`;
      return `the SMTP settings and their password were removed${what}. Proof: ${proof === undefined ? 'none on record' : proofWords(proof)}`;
    }
    case 'team-add':
      return `${person} was added: they can open its secrets`;
    case 'team-remove':
      return `${person} was removed`;
    case 'team-accept':
      return `${person} was accepted on that computer`;
    case 'team-reset':
      return `a new team was started by ${person}; the secrets that nobody could open were deleted`;
    case 'done-in-writeupp':
      return 'a person said that the switch was made in WriteUpp itself';
    default:
      // Written by a newer version.
      return `${String(step)}: ${String(outcome)}`;
  }
}

function proofWords({ by, testMessage }: PastProof): string {
  if (testMessage === null) return 'none: a person asked for the deletion';
  const { id, to, receipt } = testMessage;
  const how = {
    confirmed: 'a person confirmed it by its reference',
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
