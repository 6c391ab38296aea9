/** What an SMTP server's refusal means, in words: Google's and Microsoft's own answers by name. */

import {
  CERTIFICATE_DATES,
  CERTIFICATE_NAME,
  UNTRUSTED_CERTIFICATE,
} from '../certificate-codes.js';
import { MailError } from '../errors.js';
import { isGoogleSmtp } from '../sites/smtp-words.js';
import { commandLine, siteCommand } from '../words/command-line.js';
import { serverWords } from './server-words.js';
import type { SmtpServer } from './smtp-options.js';
import { NO_LOG_IN } from './smtp-session.js';

/** What nodemailer's errors carry; its words may quote the server, and are cleaned before they are shown. */
interface SmtpFailure {
  readonly code: string;
  readonly command: string;
  /** The three digits of the server's reply (RFC 5321 4.2); null if there was none. */
  readonly replyCode: number | null;
  readonly reply: string;
  readonly words: string;
}

interface Explanation {
  readonly code: 'smtp-refused' | 'network';
  readonly what: string;
  readonly hint: readonly string[];
}

const YOU = 'Who can fix this: you.';

/**
 * Explains an error that nodemailer threw while it connected or logged in.
 *
 * @param error shown only after cleaning: it can quote what was sent
 * @param site named in the commands that mend it
 * @param password taken out of the server's words: some servers repeat what they were given
 */
export function explainSmtpError(
  error: unknown,
  server: SmtpServer,
  site: string,
  password: string | null,
): MailError {
  const failure = readSmtpFailure(error);
  const { code, what, hint } =
    noLogIn(failure, server, site) ??
    refusedLogIn(failure, server, site) ??
    notSafe(failure, server, site) ??
    notReached(failure, server, site);
  const said = serverWords(failure.reply === '' ? failure.words : failure.reply, [password ?? '']);
  const forSupport =
    said === '' ? [] : [`For support: ${server.host}, port ${server.port}: "${said}"`];
  return new MailError(code, what, [...hint, ...forSupport].join('\n'));
}

/** The password was not sent: a server that offers no log in has no business with it (RFC 4954 section 4). */
function noLogIn({ code }: SmtpFailure, server: SmtpServer, site: string): Explanation | null {
  if (code !== NO_LOG_IN) return null;
  return {
    code: 'smtp-refused',
    what: `${server.host} offers no log in with a user name and password on port ${server.port}, and the settings have one.`,
    hint: [
      YOU,
      `Check the port and the protection with whoever runs that email server, then: writeupp-mail site set "${site}" --smtp-port NUMBER --smtp-security tls`,
      'The password was not sent.',
    ],
  };
}

function readSmtpFailure(error: unknown): SmtpFailure {
  const fields: Record<string, unknown> =
    typeof error === 'object' && error !== null ? { ...error } : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    code: text(fields.code),
    command: text(fields.command),
    replyCode: typeof fields.responseCode === 'number' ? fields.responseCode : null,
    reply: text(fields.response),
    words: error instanceof Error ? error.message : '',
  };
}

/** The server answered, and said no. */
function refusedLogIn(
  { code, command, replyCode, reply }: SmtpFailure,
  server: SmtpServer,
  site: string,
): Explanation | null {
  // A refused STARTTLS is about the connection, not about the log in.
  if (replyCode === null || command === 'STARTTLS') return null;
  if (replyCode >= 400 && replyCode < 500) return askedToWait(server);
  const migrate = siteCommand('migrate', site);
  const setPassword = commandLine('site set', site, '--smtp-password-stdin');
  const refused = (what: string, ...hint: string[]): Explanation => ({
    code: 'smtp-refused',
    what,
    hint: [YOU, ...hint],
  });
  // Google's replies: support.google.com/a/answer/3726730.
  if (/InvalidSecondFactor|application-specific password/i.test(reply)) {
    return refused(
      `Google refused the stored SMTP password of ${server.user}: the account uses 2-Step Verification, and for that an ordinary password is not enough.`,
      `The lasting cure is to move to Gmail sign-in: ${migrate}`,
      `A stopgap is an "app password": make one at myaccount.google.com/apppasswords, and store it with: ${setPassword}`,
    );
  }
  if (/log in (?:via|with) your web browser|WebLoginRequired/i.test(reply)) {
    return refused(
      `Google blocked the SMTP log in of ${server.user}: it wants the person to sign in on a web page, which an email password can’t do.`,
      `The lasting cure is to move to Gmail sign-in: ${migrate}`,
      'Google may also have found the log in unusual: sign in at accounts.google.com, and look for a security warning.',
    );
  }
  if (isGoogleSmtp(server) && code === 'EAUTH') {
    return refused(
      `Google refused the stored SMTP password of ${server.user}. Google has ended password sign-in for SMTP, so even the right password is refused now.`,
      `The lasting cure is to move to Gmail sign-in: ${migrate}`,
    );
  }
  // Microsoft: techcommunity.microsoft.com, "Exchange Online to retire Basic auth for Client Submission".
  if (/5\.7\.30|5\.7\.139|basic authentication|SmtpClientAuthentication/i.test(reply)) {
    return refused(
      'Microsoft refused the SMTP log in: it no longer accepts a user name and password ("basic authentication") for sending email.',
      'A new password will not help. The administrator of your Microsoft 365 may be able to allow it again for a while.',
      `To send through a Google account instead, which changes the address that patients see: ${migrate}`,
    );
  }
  if (code === 'EAUTH') {
    return refused(
      `${server.host} refused the stored SMTP user name or password (${server.user}).`,
      `Check them with whoever runs that email server, then store the password: ${setPassword}`,
      `Or move to Gmail sign-in: ${migrate}`,
    );
  }
  return refused(
    `${server.host} refused to take email from this computer.`,
    'Ask whoever runs that email server; its own words are below.',
  );
}

function askedToWait({ host }: SmtpServer): Explanation {
  return {
    code: 'network',
    what: `${host} can’t take email at the moment, and asks to try later.`,
    hint: [
      'Nobody has to fix this: wait, then try again.',
      'After many failed log ins a server can close itself for an hour: then trying again makes it longer.',
    ],
  };
}

/** The connection could not be protected as the settings say, so nothing was sent over it. */
function notSafe(
  { code, words, command }: SmtpFailure,
  server: SmtpServer,
  site: string,
): Explanation | null {
  const set = commandLine('site set', site);
  const unsafe = (what: string, ...hint: string[]): Explanation => ({
    code: 'network',
    what,
    hint: [YOU, ...hint, 'The password was not sent.'],
  });
  if (/wrong version number|packet length too long|unknown protocol/i.test(words)) {
    return unsafe(
      `${server.host} does not begin with TLS (encryption) on port ${server.port}.`,
      `Port 587 usually needs: ${set} --smtp-security starttls`,
    );
  }
  if (
    matchesAny(words, UNTRUSTED_CERTIFICATE) ||
    /self[- ]signed certificate|unable to (?:verify the first|get (?:local )?issuer) certificate/i.test(
      words,
    )
  ) {
    return unsafe(
      `The security certificate of ${server.host} is not trusted by this computer, so the connection was not used.`,
      'Antivirus software that inspects email can be the cause: switch off its email inspection.',
      'If the server belongs to the practice, ask whoever runs it for its root certificate, and put the path of that file in the setting NODE_EXTRA_CA_CERTS.',
    );
  }
  if (
    matchesAny(words, CERTIFICATE_DATES) ||
    /certificate (?:has expired|is not yet)/i.test(words)
  ) {
    return unsafe(
      `The security certificate of ${server.host} is out of date, or the clock of this computer is wrong.`,
      'Set the date and time of this computer to automatic.',
      'If they are right, tell whoever runs that email server.',
    );
  }
  if (matchesAny(words, CERTIFICATE_NAME) || /altnames|does not match certificate/i.test(words)) {
    return unsafe(
      `The security certificate is for another server than ${server.host}, so the connection was not used.`,
      `Check the name of the server with whoever runs it, then: ${set} --smtp-host NAME`,
    );
  }
  if (code === 'ETLS' || command === 'STARTTLS' || /STARTTLS/.test(words)) {
    return unsafe(
      `${server.host} offers no protected connection (STARTTLS) on port ${server.port}, and the settings ask for one.`,
      `Check the port and the protection with whoever runs that email server, then: ${set} --smtp-port NUMBER --smtp-security tls`,
    );
  }
  return null;
}

function notReached(
  { code, words }: SmtpFailure,
  { host, port, security }: SmtpServer,
  site: string,
): Explanation {
  const set = commandLine('site set', site);
  const notThere = (what: string, ...hint: string[]): Explanation => ({
    code: 'network',
    what,
    hint: [YOU, ...hint],
  });
  if (code === 'EDNS' || /ENOTFOUND|EAI_AGAIN/.test(words)) {
    return notThere(
      `There is no email server named ${host}, or this computer can’t look names up now.`,
      `Check the internet connection, and the name of the server: ${set} --smtp-host NAME`,
    );
  }
  if (/ECONNREFUSED/.test(words)) {
    return notThere(
      `${host} takes no connection on port ${port}.`,
      `Check the port: 587 and 465 are the usual ones. To change it: ${set} --smtp-port 587`,
    );
  }
  if (code === 'ETIMEDOUT' || /timeout|ETIMEDOUT/i.test(words)) {
    return notThere(
      `${host} did not answer on port ${port}.`,
      'Many networks block email ports: try another network, or ask whoever looks after this one.',
      ...(security === 'starttls' && port === 465
        ? [`Port 465 usually needs: ${set} --smtp-security tls`]
        : []),
    );
  }
  return notThere(
    `The connection to the email server ${host} broke.`,
    'Check the internet connection, then try again.',
  );
}

function matchesAny(words: string, codes: readonly string[]): boolean {
  return codes.some((code) => words.includes(code));
}
