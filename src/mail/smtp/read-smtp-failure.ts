/** Reads what nodemailer's errors carry (its errors.ts). */

import { MailError } from '../../errors.js';

export interface SmtpFailure {
  readonly code: string;
  /** The system's code behind nodemailer's, such as ECONNRESET. */
  readonly originalCode: string;
  readonly command: string;
  /** The three digits of the server's reply (RFC 5321 4.2); null if there was none. */
  readonly replyCode: number | null;
  readonly reply: string;
  /** They may quote the server and what was sent, and are cleaned before they are shown. */
  readonly words: string;
}

/** What is missing, or of another type, is empty. */
export function readSmtpFailure(error: unknown): SmtpFailure {
  const fields: Record<string, unknown> =
    typeof error === 'object' && error !== null ? { ...error } : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return {
    code: text(fields.code),
    originalCode: text(fields.originalCode),
    command: text(fields.command),
    replyCode: typeof fields.responseCode === 'number' ? fields.responseCode : null,
    reply: text(fields.response),
    words: error instanceof Error ? error.message : '',
  };
}

/** RFC 5321 4.2.1: a 4yz or 5yz reply means that the server did not accept the message. */
export function isRefusal({ replyCode }: SmtpFailure): boolean {
  return replyCode !== null && replyCode >= 400 && replyCode < 600;
}

/** Whether the connection ended, as opposed to a refusal; 421 means that it closes (RFC 5321 3.8). */
export function isBroken(error: unknown): boolean {
  if (error instanceof MailError) return false;
  const { replyCode, code } = readSmtpFailure(error);
  return replyCode === 421 || (replyCode === null && code !== TOO_LARGE);
}

/** nodemailer's code for a message over the server's announced limit (RFC 1870), before it is sent. */
export const TOO_LARGE = 'EMESSAGE';
