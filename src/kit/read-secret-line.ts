/** Reads a password from standard input: one line, never shown, never an argument. */

import { MailError } from '../errors.js';
import { problemWithPassword } from '../sites/site-input.js';
import { decodeText } from '../text/decode-text.js';
import type { World } from './world.js';

/** Far longer than any password: a file piped in by mistake is refused early. */
const MUCH_TOO_LONG = 8_192;

/** @throws MailError `invalid-settings` if it is empty, too long, has several lines or is not valid text */
export async function readSecretLine(world: World): Promise<string> {
  const { stdin } = world.streams;
  if (stdin.isTTY && world.ask !== null) {
    return world.ask.secret('SMTP password:', (answer) =>
      answer === '' ? 'The password is empty.' : passwordRule(answer),
    );
  }
  const bytes = await readShort(stdin);
  if (bytes === null) throw unusable('is too long for a password');
  const password = decodeText(bytes)?.text.replace(/\r?\n$/, '');
  if (password === undefined) throw unusable(OTHER_LETTERS, SAVE_AS);
  if (password === '') throw unusable('is empty');
  const problem = problemWithPassword(password);
  if (problem !== null) throw unusable(problem);
  if (password.trim() !== password) world.report.note(BLANKS);
  return password;
}

/** All of standard input; null if it is far longer than any secret. */
export async function readShort(stdin: AsyncIterable<unknown>): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MUCH_TOO_LONG) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const OTHER_LETTERS =
  'is not whole UTF-8: most likely the console wrote an accented letter in its own code page';
const SAVE_AS =
  'Nothing was changed. Run the command in a terminal with nothing piped into it: there it asks for the password. Or save the password alone in a file as UTF-8: … --smtp-password-stdin < password.txt';
const BLANKS =
  'The password has a blank at its beginning or its end, which is kept. If that comes from the command line (echo secret |), leave no blank before the | and set it again.';

/** Why a password that a person types can’t be used, or null. */
export function passwordRule(answer: string): string | null {
  const problem = problemWithPassword(answer);
  return problem === null ? null : `The password ${problem}.`;
}

function unusable(
  why: string,
  hint = 'Nothing was changed. Give the password alone, for example: … --smtp-password-stdin < password.txt',
): MailError {
  return new MailError(
    'invalid-settings',
    `--smtp-password-stdin: what standard input gave ${why}.`,
    hint,
  );
}
