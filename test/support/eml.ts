/** Messages as tests compare them: byte for byte, and parsed by regular expressions without the program's own code. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Relative to the root of the project, where jest runs. */
const FOLDER = join('test', 'mail', 'message', 'fixtures');

/** The messages of test/mail/message/fixtures, by name. */
export const FIXTURES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.eml'))
  .map((name) => name.slice(0, -4))
  .sort();

export function readFixture(name: string): Buffer {
  return readFileSync(join(FOLDER, `${name}.eml`));
}

/** A message split into parts; every character is one byte (Latin-1), so nothing is lost. */
export interface Parts {
  /** Whole fields, including folded lines, each with its line end (only the last of a header may lack it). */
  readonly fields: readonly string[];
  /** The empty line and everything after it. */
  readonly rest: string;
}

/** Splits a message after giving it CRLF line ends, which is how email travels. */
export function takeApart(message: Buffer): Parts {
  const text = message.toString('latin1').replace(/\r\n|\r|\n/g, '\r\n');
  const end = /(?<=^|\r\n)\r\n/.exec(text)?.index ?? text.length;
  return {
    fields: text.slice(0, end).match(/[^\r]+(?:\r\n[ \t][^\r]*)*(?:\r\n|$)/g) ?? [],
    rest: text.slice(end),
  };
}

/** The values of the fields of a name: what follows the colon, byte for byte. */
export function valuesOf({ fields }: Parts, name: string): string[] {
  return fields
    .filter((field) => nameOf(field) === name)
    .map((field) => field.replace(/^[^:]*:/, ''));
}

/** The fields, except those of some names. */
export function fieldsBut({ fields }: Parts, ...names: readonly string[]): string[] {
  return fields.filter((field) => !names.includes(nameOf(field)));
}

function nameOf(field: string): string {
  return field.slice(0, field.indexOf(':')).trim().toLowerCase();
}
