/** Reads a password from standard input: one line, never shown, never an argument. */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';

/** Longer than any password a mail server takes; a whole file piped in by mistake is refused early. */
const PASSWORD_MAX_BYTES = 1_024;

/** @throws MailError `invalid-settings` if it is empty, too long or has more than one line */
export async function readSecretLine(context: Context): Promise<string> {
  const { stdin } = context.streams;
  if (stdin.isTTY && context.prompts !== null) {
    return context.prompts.secret('SMTP password:', (answer) =>
      answer === '' ? 'The password is empty.' : null,
    );
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > PASSWORD_MAX_BYTES) throw unusable(`is longer than ${PASSWORD_MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  const password = decode(Buffer.concat(chunks)).replace(/\r?\n$/, '');
  if (password === '') throw unusable('is empty');
  if (/[\r\n\0]/.test(password)) throw unusable('has more than one line');
  return password;
}

/**
 * Text as UTF-8, or as UTF-16 where its byte order mark says so: Windows PowerShell writes that. The mark itself,
 * which editors on Windows put before UTF-8 as well, is no part of the text.
 */
function decode(bytes: Buffer): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe
      ? 'utf-16le'
      : first === 0xfe && second === 0xff
        ? 'utf-16be'
        : 'utf-8';
  return new TextDecoder(encoding).decode(bytes);
}

function unusable(why: string): MailError {
  return new MailError(
    'invalid-settings',
    `--smtp-password-stdin: what standard input gave ${why}.`,
    'Nothing was changed. Give the password alone, for example: … --smtp-password-stdin < password.txt',
  );
}
