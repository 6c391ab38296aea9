/** Explains what went wrong with an SMTP server: stable code, plain words, and whether anything was sent. */

import { MailError } from '../../errors.js';
import { type Explanation, explainBy } from '../../text/catalogue.js';
import type { Envelope, MailServer } from './mail-server.js';
import { isRefusal, readSmtpFailure, type SmtpFailure } from './read-smtp-failure.js';
import { serverWords } from './server-words.js';
import { LOGIN_ROWS, MESSAGE_ROWS, WRITEUPP_SERVER_ROWS } from './smtp-catalogue.js';
import type { SmtpServer } from './smtp-options.js';

/**
 * How far a delivery got. Before `end` the server can't have the whole message, so it must have dropped it
 * (RFC 5321 4.1.1.4); after it, only a reply settles the question.
 */
export type SmtpStage = 'connect' | 'login' | 'envelope' | 'end';

/**
 * Explains an error that nodemailer threw while it connected or logged in.
 *
 * @param error shown only after cleaning: it can quote what was sent
 * @param site named in the commands that fix it
 * @param password removed from the server's words: some servers repeat what they were given
 */
export function explainSmtpLogin(
  error: unknown,
  server: SmtpServer,
  site: string,
  password: string | null,
): MailError {
  const failure = readSmtpFailure(error);
  const { code, what, hint } = explainBy(LOGIN_ROWS, failure, { server, site });
  const said = serverWords(failure.reply === '' ? failure.words : failure.reply, [password ?? '']);
  const forSupport =
    said === '' ? [] : [`For support: ${server.host}, port ${server.port}: "${said}"`];
  return new MailError(code, what, [...hint, ...forSupport].join('\n'));
}

/** Explains a failed delivery. A MailError passes through, unless the end of the message had gone out. */
export function explainSmtpDelivery(
  error: unknown,
  stage: SmtpStage,
  server: MailServer,
  envelope: Envelope,
): MailError {
  if (error instanceof MailError && !(error.code === 'interrupted' && stage === 'end')) {
    return error;
  }
  const failure = readSmtpFailure(error);
  if (stage === 'end' && !isRefusal(failure)) {
    return unknownDelivery(
      error instanceof MailError
        ? `Stopped while the email server ${server.host} took the message`
        : `The connection to the email server ${server.host} ended before it answered`,
    );
  }
  const { site } = server;
  if (stage === 'envelope' || stage === 'end') {
    const about = { server, site, envelope, isAtEnd: stage === 'end' };
    return nothingSent(explainBy(MESSAGE_ROWS, failure, about), failure, server);
  }
  if (site === null) {
    return nothingSent(explainBy(WRITEUPP_SERVER_ROWS, failure, { server, site }), failure, server);
  }
  const { code, message, hint } = explainSmtpLogin(error, server, site, server.password);
  const details = code === 'smtp-refused' ? { refusedAt: 'log-in' as const } : {};
  return new MailError(code, message, `Nothing was sent.\n${hint}`, { sent: 'no', ...details });
}

/** The server accepted the message for some recipients only: sending it again would mail those twice. */
export function partlyRefused(
  server: MailServer,
  refused: readonly string[],
  errors: readonly unknown[],
): MailError {
  const [first] = errors.map(readSmtpFailure);
  return new MailError(
    'smtp-refused',
    `The email server ${server.host} accepted the message, but not for ${refused.join(', ')}.`,
    [
      'The message was sent to everyone else. Do not send it to them again.',
      `Check the refused ${refused.length === 1 ? 'address' : 'addresses'} for typing mistakes, then send it there alone.`,
      ...(first === undefined ? [] : supportLine(first, server)),
    ].join('\n'),
    { sent: 'partly', refused },
  );
}

/** The server accepted the message before it had all of it, and may have kept part of it or nothing. */
export function answeredEarly({ host }: MailServer): MailError {
  return unknownDelivery(`The email server ${host} answered before it had the whole message`);
}

function unknownDelivery(what: string): MailError {
  return new MailError(
    'delivery-unknown',
    `${what}, so it is not known whether the message was sent.`,
    'Before you send it again, ask a recipient whether it came, or look in the Sent folder of the account if its server keeps one.',
    { sent: 'unknown' },
  );
}

function nothingSent(
  { code, what, hint, details }: Explanation,
  failure: SmtpFailure,
  server: MailServer,
): MailError {
  const lines = ['Nothing was sent.', ...hint, ...supportLine(failure, server)];
  return new MailError(code, what, lines.join('\n'), { sent: 'no', ...details });
}

/** What the server said, or the system's code, which support can look up. */
function supportLine(
  { reply, originalCode, code }: SmtpFailure,
  { host, password }: MailServer,
): readonly string[] {
  if (reply !== '') return [`For support: ${host} said "${serverWords(reply, [password ?? ''])}"`];
  const cause = originalCode === '' ? code : originalCode;
  return /^[A-Z_]+$/.test(cause) ? [`For support: ${cause}`] : [];
}
