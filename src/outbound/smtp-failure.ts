/** What went wrong with a mail server, explained: stable code, plain words, and whether anything was sent. */

import { type ErrorCode, MailError } from '../errors.js';
import { commandLine } from '../words/command-line.js';
import type { Envelope, MailServer } from './mail-server.js';
import { serverWords } from './server-words.js';
import { explainSmtpError } from './smtp-error.js';
import { NO_LOG_IN } from './smtp-session.js';

/**
 * How far a delivery came. Until `end` the server can't have the whole message, so it must have dropped it
 * (RFC 5321 4.1.1.4); after it, only an answer tells.
 */
export type SmtpStage = 'connect' | 'login' | 'envelope' | 'end';

/** What nodemailer's errors carry (its errors.ts). */
interface SmtpError {
  readonly code?: string;
  readonly originalCode?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly command?: string;
}

/** One explanation. */
interface Explanation {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: readonly string[];
  /** The user or the password was refused, not the message: once they are right, it can be sent. */
  readonly refusedAt?: 'log-in';
}

/** Explains a failed delivery. A MailError passes, unless the message's end had gone out. */
export function explainSmtpFailure(
  error: unknown,
  stage: SmtpStage,
  server: MailServer,
  envelope: Envelope,
): MailError {
  if (error instanceof MailError && !(error.code === 'interrupted' && stage === 'end')) {
    return error;
  }
  const failure = asSmtpError(error);
  if (stage === 'end' && !isRefusal(failure)) return unknownDelivery(server);
  if (stage === 'connect' || stage === 'login') {
    return server.site === null
      ? nothingSent(writeUppServerFailure(failure, server), failure, server)
      : atLogIn(explainSmtpError(error, server, server.site, server.password));
  }
  const explanation = isRefusal(failure)
    ? explainAnswer(failure, server, envelope)
    : explainBreak(failure, server);
  return nothingSent(explanation, failure, server);
}

/** The server took the message for some of its recipients only: to send it again would mail those twice. */
export function partlyRefused(
  server: MailServer,
  refused: readonly string[],
  errors: readonly unknown[],
): MailError {
  const [first] = errors.map(asSmtpError);
  return new MailError(
    'smtp-refused',
    `The email server ${server.host} took the message, but not for ${refused.join(', ')}.`,
    [
      'The message was sent to everyone else. Do not send it to them again.',
      `Check the refused ${refused.length === 1 ? 'address' : 'addresses'} for typing mistakes, then send it there alone.`,
      ...(first === undefined ? [] : supportLine(first, server)),
    ].join('\n'),
    { sent: 'partly', refused },
  );
}

function unknownDelivery({ host }: MailServer): MailError {
  return new MailError(
    'delivery-unknown',
    `The connection to the email server ${host} ended before it answered, so it is not known whether the message was sent.`,
    'Before you send it again, ask a recipient whether it came, or look in the Sent folder of the account if its server keeps one.',
    { sent: 'unknown' },
  );
}

/** The server's answer to the envelope or to the message. */
function explainAnswer(failure: SmtpError, server: MailServer, { to }: Envelope): Explanation {
  const { responseCode = 0, response = '', command } = failure;
  const known = KNOWN_ANSWERS.find(({ match }) => match.test(response));
  if (known !== undefined) return known;
  if (responseCode < 500) {
    return {
      code: 'network',
      what: `The email server ${server.host} can’t take the message at the moment.`,
      hint: ['Nobody has to fix this: wait some minutes, then try again.'],
    };
  }
  if (responseCode === 530) {
    return {
      code: 'smtp-refused',
      refusedAt: 'log-in',
      what: `The email server ${server.host} wants a user name and password.`,
      hint:
        server.site === null
          ? ['Put them in WRITEUPP_MAIL_SERVER: smtps://user:password@mail.example:465']
          : [
              `Store them: ${commandLine('site set', server.site, '--smtp-user', 'NAME', '--smtp-password-stdin')}`,
            ],
    };
  }
  if (command === 'RCPT TO') {
    return {
      code: 'smtp-refused',
      what: `The email server ${server.host} takes no email for ${to.join(', ')}.`,
      hint: [
        'Check the address for typing mistakes.',
        'If it is right, ask whoever runs the email server.',
      ],
    };
  }
  return {
    code: 'smtp-refused',
    what: `The email server ${server.host} refused the message.`,
    hint: ['Its own words, below, say why. Whoever runs that server can tell more.'],
  };
}

/** Answers that are known by their words: support.google.com/a/answer/3726730 and RFC 3463. */
const KNOWN_ANSWERS: readonly (Explanation & { readonly match: RegExp })[] = [
  {
    match: /5\.7\.30|basic authentication is not supported/i,
    code: 'smtp-refused',
    refusedAt: 'log-in',
    what: 'Microsoft no longer takes a stored password for sending email (basic authentication has ended for this mailbox).',
    hint: [
      'The administrator of your Microsoft 365 may be able to allow it again for a while.',
      'If your practice has a Google account, move this site to Gmail: writeupp-mail migrate',
    ],
  },
  {
    match: /^550[ -]5\.4\.5|daily (?:user )?sending (?:quota|limit)/i,
    code: 'daily-limit',
    what: 'This account has sent as many emails as its provider allows in a day.',
    hint: ['Wait until tomorrow. Email sent by other programs counts too.'],
  },
  {
    match: /^4\d\d[\s\S]*(?:4\.7\.28|\brate\b|too many|4\.2\.1|4\.5\.3)/i,
    code: 'rate-limited',
    what: 'The email server asks this account to slow down.',
    hint: ['Wait some minutes, then try again.'],
  },
  {
    match: /^552|5\.3\.4|5\.2\.3|(?:message|mail) (?:size|is too (?:large|big))|too large/i,
    code: 'message-too-large',
    what: 'The message is larger than the email server takes.',
    hint: ['Leave out or shrink the attachments.'],
  },
];

/** No answer, and the message's end did not go out: certain that nothing was sent. */
function explainBreak({ code }: SmtpError, { host }: MailServer): Explanation {
  // nodemailer compares the size with what the server announced (RFC 1870) before it sends.
  if (code === 'EMESSAGE') {
    return {
      code: 'message-too-large',
      what: `The message is larger than the email server ${host} takes.`,
      hint: ['Leave out or shrink the attachments.'],
    };
  }
  return {
    code: 'network',
    what: `The connection to the email server ${host} broke before the message was handed over.`,
    hint: ['Check the internet connection, then try again.'],
  };
}

function writeUppServerFailure(failure: SmtpError, { host, port }: MailServer): Explanation {
  const { responseCode = 0 } = failure;
  const hint = [
    'Check WRITEUPP_MAIL_SERVER and the internet connection.',
    'If they are right, tell WriteUpp support.',
  ];
  const isRefused = responseCode >= 500 && failure.command !== 'STARTTLS';
  return isRefused || failure.code === NO_LOG_IN
    ? {
        code: 'smtp-refused',
        refusedAt: 'log-in',
        what: `The WriteUpp mail server ${host} refused the log in.`,
        hint,
      }
    : {
        code: 'network',
        what: `The WriteUpp mail server ${host}, port ${port}, could not be reached safely.`,
        hint,
      };
}

function nothingSent(
  { code, what, hint, refusedAt }: Explanation,
  failure: SmtpError,
  server: MailServer,
): MailError {
  const lines = ['Nothing was sent.', ...hint, ...supportLine(failure, server)];
  const details = { sent: 'no' as const, ...(refusedAt === undefined ? {} : { refusedAt }) };
  return new MailError(code, what, lines.join('\n'), details);
}

function atLogIn({ code, message, hint }: MailError): MailError {
  const details = code === 'smtp-refused' ? { refusedAt: 'log-in' as const } : {};
  return new MailError(code, message, `Nothing was sent.\n${hint}`, { sent: 'no', ...details });
}

/** What the server said, or the system's code, which support can look up. */
function supportLine(failure: SmtpError, { host, password }: MailServer): readonly string[] {
  if (failure.response !== undefined) {
    return [`For support: ${host} said "${serverWords(failure.response, [password ?? ''])}"`];
  }
  const code = failure.originalCode ?? failure.code ?? '';
  return /^[A-Z_]+$/.test(code) ? [`For support: ${code}`] : [];
}

/** Whether the connection ended, rather than that the server said no; 421: it closes (RFC 5321 3.8). */
export function isBroken(error: unknown): boolean {
  if (error instanceof MailError) return false;
  const { responseCode, code } = asSmtpError(error);
  return responseCode === 421 || (responseCode === undefined && code !== 'EMESSAGE');
}

/** RFC 5321 4.2.1: a 4yz or 5yz reply says that the server did not take the message. */
function isRefusal({ responseCode = 0 }: SmtpError): boolean {
  return responseCode >= 400 && responseCode < 600;
}

function asSmtpError(error: unknown): SmtpError {
  return typeof error === 'object' && error !== null ? error : {};
}
