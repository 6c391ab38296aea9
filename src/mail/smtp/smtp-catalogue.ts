/** How the failures of SMTP servers are recognised and explained, Google's and Microsoft's by their known replies. */

import type { ErrorDetails } from '../../errors.js';
import { isGoogleSmtp, isPersonalMicrosoft } from '../../sites/smtp-words.js';
import type { Row } from '../../text/catalogue.js';
import { commandLine, siteCommand } from '../../text/command-line.js';
import { CERTIFICATE_DATES, CERTIFICATE_NAME, UNTRUSTED_CERTIFICATE } from '../../tls-errors.js';
import type { Envelope, MailServer } from './mail-server.js';
import { isRefusal, type SmtpFailure, TOO_LARGE } from './read-smtp-failure.js';
import type { SmtpServer } from './smtp-options.js';
import { NO_LOGIN_METHOD } from './smtp-session.js';

/** A login at a site's server, or at the WriteUpp mail server. */
export interface AboutLogin {
  readonly server: SmtpServer;
  /** Named in the commands that fix it; null for the WriteUpp mail server. */
  readonly site: string | null;
}

/** A message at a server that let it in. */
export interface AboutMessage extends AboutLogin {
  readonly server: MailServer;
  readonly envelope: Envelope;
  /** Whether the end of the message had gone out. */
  readonly isAtEnd: boolean;
}

type LoginRow = Row<SmtpFailure, AboutLogin>;
type MessageRow = Row<SmtpFailure, AboutMessage>;

const inReply =
  (pattern: RegExp) =>
  ({ reply }: SmtpFailure): boolean =>
    pattern.test(reply);
const inWords =
  (pattern: RegExp, codes: readonly string[] = []) =>
  ({ words }: SmtpFailure): boolean =>
    pattern.test(words) || codes.some((code) => words.includes(code));

const setSite = (site: string | null, ...args: readonly string[]) =>
  commandLine('site set', site ?? 'NAME', ...args);
const ofSite = (command: string, site: string | null) => siteCommand(command, site ?? undefined);
const toGmail = ({ site }: AboutLogin) =>
  `The lasting cure is to move to Gmail sign-in: ${ofSite('migrate', site)}`;
const ITS_WORDS = 'Its own words, below, say why.';
const NOT_SENT = 'The password was not sent.';
const AT_LOGIN: ErrorDetails = { refusedAt: 'log-in' };

/** The password was not sent: a server that offers no login must not be given it (RFC 4954 section 4). */
const NO_LOGIN: LoginRow = {
  when: ({ code }) => code === NO_LOGIN_METHOD,
  code: 'smtp-refused',
  what: ({ server: { host, port } }) =>
    `${host} offers no login with a user name and password on port ${port}, and the settings have one.`,
  who: 'you',
  hint: ({ site }) => [
    `Check the port and the protection with the people who run that email server, then: ${setSite(site, '--smtp-port', 'NUMBER', '--smtp-security', 'tls')}`,
    NOT_SENT,
  ],
};

/** The server rejected the login; a refused STARTTLS is about the connection. */
const hasRefused = ({ replyCode, command }: SmtpFailure) =>
  replyCode !== null && command !== 'STARTTLS';
const refused = ({ when, ...row }: Omit<LoginRow, 'code'>): LoginRow => ({
  when: (failure, about) => hasRefused(failure) && when(failure, about),
  code: 'smtp-refused',
  ...row,
});

const ASKED_TO_WAIT: LoginRow = {
  when: (failure) => hasRefused(failure) && isRefusal(failure) && Number(failure.replyCode) < 500,
  code: 'network',
  what: ({ server: { host } }) => `${host} can’t take email at the moment, and asks to try later.`,
  who: 'nobody-wait',
  hint: [
    'After many failed logins a server can close itself for an hour: then trying again makes it longer.',
  ],
};

/** Google's replies: support.google.com/a/answer/3726730. */
const BY_GOOGLE: readonly LoginRow[] = [
  refused({
    when: inReply(/InvalidSecondFactor|application-specific password/i),
    what: ({ server: { user } }) =>
      `Google refused the stored SMTP password of ${user}: the account uses 2-Step Verification, and for that an ordinary password is not enough.`,
    who: 'you',
    hint: (about) => [
      toGmail(about),
      `A stopgap is an "app password": make one at myaccount.google.com/apppasswords, and store it with: ${setSite(about.site, '--smtp-password-stdin')}`,
    ],
  }),
  refused({
    when: inReply(/log in (?:via|with) your web browser|WebLoginRequired/i),
    what: ({ server: { user } }) =>
      `Google blocked the SMTP login of ${user}: it wants the person to sign in on a web page, which an email password can’t do.`,
    who: 'you',
    hint: (about) => [
      toGmail(about),
      'Google may also have found the login unusual: sign in at accounts.google.com, and look for a security warning.',
    ],
  }),
  refused({
    when: ({ code }, { server }) => isGoogleSmtp(server) && code === 'EAUTH',
    what: ({ server: { user } }) =>
      `Google refused the stored SMTP password of ${user}. Google has ended sign-in with the account’s own password for SMTP: only an app password that was not deleted is accepted.`,
    who: 'you',
    hint: (about) => [toGmail(about)],
  }),
];

const IS_MICROSOFT = /5\.7\.139|5\.7\.30|SmtpClientAuthentication/i;
const OF_TENANT = /SmtpClientAuthentication is disabled[\s\S]*tenant/i;
const FOR_A_WHILE =
  'Microsoft turns this off for good in time: its date is to be announced in the second half of 2027.';
const away = ({ site }: AboutLogin) => [
  `To send through a Google account instead: ${ofSite('migrate', site)}`,
  `To send by the WriteUpp mail server instead: ${ofSite('revert-smtp', site)}`,
  'Either changes the address that patients see.',
];
const authenticatedSmtp = (when: RegExp, whose: string, where: string) =>
  refused({
    when: inReply(when),
    what: ({ server: { user } }) =>
      `Microsoft refused the SMTP login of ${user}: "Authenticated SMTP" is off for ${whose}. The password may well be right.`,
    who: 'exchange-admin',
    hint: (about) => [`They can turn it on again: ${where}.`, FOR_A_WHILE, ...away(about)],
  });

/**
 * 535 5.7.139 covers four refusals with four remedies: learn.microsoft.com/exchange, "Fix issues with … SMTP AUTH
 * client submission", and techcommunity.microsoft.com, "Exchange Online to retire Basic auth for Client Submission".
 */
const BY_MICROSOFT: readonly LoginRow[] = [
  refused({
    when: ({ reply }, { server: { user } }) =>
      IS_MICROSOFT.test(reply) && user !== null && isPersonalMicrosoft(user),
    what: ({ server: { user } }) =>
      `Microsoft refused the SMTP login of ${user}: personal accounts (Outlook.com, Hotmail, Live, MSN) can’t send with a password since 16 September 2024.`,
    who: 'you',
    hint: (about) => [
      'No other password helps, an app password neither, and there is no administrator to ask.',
      ...away(about),
    ],
  }),
  authenticatedSmtp(OF_TENANT, 'your organisation', 'Exchange admin center, Settings, Mail flow'),
  authenticatedSmtp(
    /SmtpClientAuthentication is disabled/i,
    'this mailbox',
    'the mailbox, Manage email apps, Authenticated SMTP',
  ),
  refused({
    when: inReply(/security defaults/i),
    what: ({ server: { user } }) =>
      `Microsoft refused the SMTP login of ${user}: your organisation’s security defaults forbid it. The password may well be right.`,
    who: 'entra-admin',
    hint: (about) => [
      'The setting is for the whole organisation, and protects it: it is better left on.',
      ...away(about),
    ],
  }),
  refused({
    when: inReply(/user credentials were incorrect/i),
    what: ({ server: { user } }) =>
      `Microsoft refused the stored SMTP user name or password (${user}).`,
    who: 'you',
    hint: (about) => [
      `Check the password, then store it: ${setSite(about.site, '--smtp-password-stdin')}`,
      ...away(about),
    ],
  }),
  refused({
    when: ({ reply }) => IS_MICROSOFT.test(reply) || /basic authentication/i.test(reply),
    what: 'Microsoft refused the SMTP login: it no longer accepts a user name and password ("basic authentication") for sending email.',
    who: 'exchange-admin',
    hint: (about) => [
      'A new password will not help. They may be able to allow it again for a while.',
      ...away(about),
    ],
  }),
];

const REFUSED: readonly LoginRow[] = [
  refused({
    when: ({ code }) => code === 'EAUTH',
    what: ({ server: { host, user } }) =>
      `${host} refused the stored SMTP user name or password (${user}).`,
    who: 'you',
    hint: ({ site }) => [
      `Check them with the people who run that email server, then store the password: ${setSite(site, '--smtp-password-stdin')}`,
      `Or move to Gmail sign-in: ${ofSite('migrate', site)}`,
    ],
  }),
  refused({
    when: () => true,
    what: ({ server: { host } }) => `${host} refused to take email from this computer.`,
    who: 'email-server',
    hint: [ITS_WORDS],
  }),
];

/** The connection could not be encrypted as the settings require, so nothing was sent over it. */
const unsafe = (
  when: LoginRow['when'],
  what: (server: SmtpServer) => string,
  hint: (about: AboutLogin) => readonly string[],
): LoginRow => ({
  when,
  code: 'network',
  what: ({ server }) => what(server),
  who: 'you',
  hint: (about) => [...hint(about), NOT_SENT],
});
const NOT_SAFE: readonly LoginRow[] = [
  unsafe(
    inWords(/wrong version number|packet length too long|unknown protocol/i),
    ({ host, port }) => `${host} does not begin with TLS (encryption) on port ${port}.`,
    ({ site }) => [`Port 587 usually needs: ${setSite(site, '--smtp-security', 'starttls')}`],
  ),
  unsafe(
    inWords(
      /self[- ]signed certificate|unable to (?:verify the first|get (?:local )?issuer) certificate/i,
      UNTRUSTED_CERTIFICATE,
    ),
    ({ host }) =>
      `The security certificate of ${host} is not trusted by this computer, so the connection was not used.`,
    () => [
      'Antivirus software that inspects email can be the cause: switch off its email inspection.',
      'If the server belongs to the practice, ask the people who run it for its root certificate, and put the path of that file in the setting NODE_EXTRA_CA_CERTS.',
    ],
  ),
  unsafe(
    inWords(/certificate (?:has expired|is not yet)/i, CERTIFICATE_DATES),
    ({ host }) =>
      `The security certificate of ${host} is out of date, or the clock of this computer is wrong.`,
    () => [
      'Set the date and time of this computer to automatic.',
      'If they are right, tell the people who run that email server.',
    ],
  ),
  unsafe(
    inWords(/altnames|does not match certificate/i, CERTIFICATE_NAME),
    ({ host }) =>
      `The security certificate is for another server than ${host}, so the connection was not used.`,
    ({ site }) => [
      `Check the name of the server with the people who run it, then: ${setSite(site, '--smtp-host', 'NAME')}`,
    ],
  ),
  unsafe(
    ({ code, command, words }) =>
      code === 'ETLS' || command === 'STARTTLS' || /STARTTLS/.test(words),
    ({ host, port }) =>
      `${host} offers no protected connection (STARTTLS) on port ${port}, and the settings ask for one.`,
    ({ site }) => [
      `Check the port and the protection with the people who run that email server, then: ${setSite(site, '--smtp-port', 'NUMBER', '--smtp-security', 'tls')}`,
    ],
  ),
];

const NOT_REACHED: readonly LoginRow[] = [
  {
    when: ({ code, words }) => code === 'EDNS' || /ENOTFOUND|EAI_AGAIN/.test(words),
    code: 'network',
    what: ({ server: { host } }) =>
      `There is no email server named ${host}, or this computer can’t look names up now.`,
    who: 'you',
    hint: ({ site }) => [
      `Check the internet connection, and the name of the server: ${setSite(site, '--smtp-host', 'NAME')}`,
    ],
  },
  {
    when: inWords(/ECONNREFUSED/),
    code: 'network',
    what: ({ server: { host, port } }) => `${host} accepts no connection on port ${port}.`,
    who: 'you',
    hint: ({ site }) => [
      `Check the port: 587 and 465 are the usual ones. To change it: ${setSite(site, '--smtp-port', '587')}`,
    ],
  },
  {
    when: ({ code, words }) => code === 'ETIMEDOUT' || /timeout|ETIMEDOUT/i.test(words),
    code: 'network',
    what: ({ server: { host, port } }) => `${host} did not answer on port ${port}.`,
    who: 'you',
    hint: ({ site, server: { port, security } }) => [
      'Many networks block email ports: try another network, or ask the person who looks after this one.',
      ...(security === 'starttls' && port === 465
        ? [`Port 465 usually needs: ${setSite(site, '--smtp-security', 'tls')}`]
        : []),
    ],
  },
  {
    when: () => true,
    code: 'network',
    what: ({ server: { host } }) => `The connection to the email server ${host} broke.`,
    who: 'you',
    hint: ['Check the internet connection, then try again.'],
  },
];

/** While connecting or logging in to a site's server. The last row recognises everything. */
export const LOGIN_ROWS: readonly LoginRow[] = [
  NO_LOGIN,
  ASKED_TO_WAIT,
  ...BY_GOOGLE,
  ...BY_MICROSOFT,
  ...REFUSED,
  ...NOT_SAFE,
  ...NOT_REACHED,
];

const CHECK_SERVER = [
  'Check WRITEUPP_MAIL_SERVER and the internet connection.',
  'If they are right, tell WriteUpp support.',
];
/** The same at the WriteUpp mail server. */
export const WRITEUPP_SERVER_ROWS: readonly LoginRow[] = [
  {
    when: ({ code, command, replyCode }) =>
      code === NO_LOGIN_METHOD || (command !== 'STARTTLS' && Number(replyCode) >= 500),
    code: 'smtp-refused',
    details: AT_LOGIN,
    what: ({ server: { host } }) => `The WriteUpp mail server ${host} refused the login.`,
    hint: CHECK_SERVER,
  },
  {
    when: () => true,
    code: 'network',
    what: ({ server: { host, port } }) =>
      `The WriteUpp mail server ${host}, port ${port}, could not be reached safely.`,
    hint: CHECK_SERVER,
  },
];

const isAtRecipient = ({ command }: SmtpFailure) => command === 'RCPT TO';
/** RFC 3463: the mailbox is not accepting messages, or the message has too many recipients. */
const isBusyMailbox = (failure: SmtpFailure) =>
  isAtRecipient(failure) && /^4\d\d[ -]4\.(?:2\.1|5\.3)/.test(failure.reply);
const known =
  (pattern: RegExp) =>
  (failure: SmtpFailure): boolean =>
    isRefusal(failure) && !isBusyMailbox(failure) && pattern.test(failure.reply);

/** Microsoft may ask for a login only once it is given a message. */
const MICROSOFT_AT_MESSAGE: readonly MessageRow[] = BY_MICROSOFT.map((row) => ({
  ...row,
  when: (failure, about) =>
    known(/5\.7\.30|basic authentication is not supported/i)(failure) && row.when(failure, about),
  details: AT_LOGIN,
}));

const CLOSED = String.raw`\b(?:suspended|disabled|deactivated|blocked|locked)\b`;
const ACCOUNT_CLOSED = new RegExp(
  String.raw`\b(?:account|user|sender)\b[^.]{0,60}${CLOSED}|${CLOSED}[^.]{0,30}\b(?:account|sender)\b`,
  'i',
);
const NO_RELAY =
  /\brelay(?:ing)?\b[^.]{0,30}\b(?:denied|not permitted|not allowed|prohibited)|not (?:permitted|allowed) to relay|client host|blocked using|spamhaus|\byour (?:ip|host)\b/i;
const OF_RECIPIENT = /[45]\.[12]\.\d|recipient|mailbox|tried to reach/i;
/** Whether the server would give every message the same reply. */
const isOfAccount = (failure: SmtpFailure) =>
  isRefusal(failure) &&
  (NO_RELAY.test(failure.reply) ||
    (ACCOUNT_CLOSED.test(failure.reply) &&
      !(isAtRecipient(failure) && OF_RECIPIENT.test(failure.reply))));
const ofAccount = (isPassing: boolean): MessageRow => ({
  when: (failure) => isOfAccount(failure) && (!isPassing || Number(failure.replyCode) < 500),
  code: isPassing ? 'network' : 'smtp-refused',
  details: { refusedAt: 'account' },
  what: ({ server: { host } }) =>
    `The email server ${host} accepts no email from this account or this computer at the moment.`,
  hint: [
    'The message itself was not judged: it can be sent once that is put right.',
    `${ITS_WORDS} Ask the people who run that email server.`,
  ],
});

const TOO_LARGE_HINT = ['Leave out or shrink the attachments.'];
const cannotTake = (isOfRecipient: boolean): MessageRow => ({
  when: (failure) =>
    isRefusal(failure) &&
    Number(failure.replyCode) < 500 &&
    (!isOfRecipient || isAtRecipient(failure)),
  code: 'network',
  ...(isOfRecipient ? { details: { refusedAt: 'recipient' } } : {}),
  what: ({ server: { host } }) => `The email server ${host} can’t take the message at the moment.`,
  who: 'nobody-wait',
  hint: [],
});

/**
 * Once the server has let the site in: its replies to the envelope and to the message
 * (support.google.com/a/answer/3726730, RFC 3463), and connections that break. The last row recognises everything.
 */
export const MESSAGE_ROWS: readonly MessageRow[] = [
  ...MICROSOFT_AT_MESSAGE,
  {
    when: known(/^550[ -]5\.4\.5|daily (?:user )?sending (?:quota|limit)/i),
    code: 'daily-limit',
    what: 'This account has sent as many emails as its provider allows in a day.',
    hint: ['Wait until tomorrow. Email sent by other programs counts too.'],
  },
  {
    when: known(/^4\d\d[\s\S]*(?:4\.7\.28|\brate\b|too many|4\.2\.1|4\.5\.3)/i),
    code: 'rate-limited',
    what: 'The email server asks this account to slow down.',
    hint: ['Wait some minutes, then try again.'],
  },
  {
    // 552 also means a full mailbox, and from Google a refused attachment: an enhanced code says which (RFC 3463).
    when: known(
      /^552(?![ -]5\.|.*\b(?:mailbox|quota)\b)|5\.3\.4|5\.2\.3|(?:message|mail) (?:size|is too (?:large|big))|too large/i,
    ),
    code: 'message-too-large',
    what: 'The message is larger than the email server takes.',
    hint: TOO_LARGE_HINT,
  },
  ofAccount(true),
  ofAccount(false),
  cannotTake(true),
  cannotTake(false),
  {
    when: ({ replyCode }) => replyCode === 530,
    code: 'smtp-refused',
    details: AT_LOGIN,
    what: ({ server: { host } }) => `The email server ${host} wants a user name and password.`,
    hint: ({ site }) =>
      site === null
        ? ['Put them in WRITEUPP_MAIL_SERVER: smtps://user:password@mail.example:465']
        : [`Store them: ${setSite(site, '--smtp-user', 'NAME', '--smtp-password-stdin')}`],
  },
  {
    // nodemailer reports the reply to the message under DATA as well.
    when: (failure, { isAtEnd }) =>
      isRefusal(failure) &&
      (failure.command === 'MAIL FROM' || (failure.command === 'DATA' && !isAtEnd)),
    code: 'smtp-refused',
    details: { refusedAt: 'sender' },
    what: ({ server: { host }, envelope: { from } }) =>
      `The email server ${host} refused to take a message from ${from === '' ? 'the empty sender' : from}, before it had seen the message.`,
    hint: [
      `${ITS_WORDS} Check the address that email is sent from.`,
      'If it is right, ask the people who run that email server.',
    ],
  },
  {
    when: (failure) => isRefusal(failure) && isAtRecipient(failure),
    code: 'smtp-refused',
    what: ({ server: { host }, envelope: { to } }) =>
      `The email server ${host} accepts no email for ${to.join(', ')}.`,
    hint: [
      `${ITS_WORDS} Check the address for typing mistakes.`,
      'If it is right, ask the people who run the email server.',
    ],
  },
  {
    when: isRefusal,
    code: 'smtp-refused',
    what: ({ server: { host } }) => `The email server ${host} refused the message.`,
    hint: [`${ITS_WORDS} The people who run that server can say more.`],
  },
  // No reply, and the end of the message did not go out: nothing was sent, for certain.
  {
    when: ({ code, replyCode }) => code === TOO_LARGE && replyCode === null,
    code: 'message-too-large',
    what: ({ server: { host } }) => `The message is larger than the email server ${host} takes.`,
    hint: TOO_LARGE_HINT,
  },
  {
    when: () => true,
    code: 'network',
    what: ({ server: { host } }) =>
      `The connection to the email server ${host} broke before the message was handed over.`,
    hint: ['Check the internet connection, then try again.'],
  },
];
