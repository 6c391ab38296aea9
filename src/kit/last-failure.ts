/**
 * The last failure on this computer, for support on the phone: its code, its time and the command, but not the message.
 * Kept in `last-failure.json` in the settings folder; never written by a dry run.
 */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as v from 'valibot';
import { EndedWith, type ErrorCode, EXIT_CODES, MailError } from '../errors.js';
import { readPrivateFile, writeFileDurably } from '../storage/durable-file.js';
import type { Environment } from './environment.js';

export interface LastFailure {
  readonly code: ErrorCode;
  /** ISO 8601. */
  readonly at: string;
  readonly command: string;
}

const schema = v.strictObject({
  code: v.picklist(Object.keys(EXIT_CODES) as ErrorCode[]),
  at: v.pipe(v.string(), v.isoTimestamp()),
  command: v.pipe(v.string(), v.regex(/^[a-z -]{1,40}$/)),
});

/** What a person decided or mistyped: there is nothing for support to fix. */
const NO_FAILURE: readonly ErrorCode[] = ['interrupted', 'cancelled', 'usage'];

/** Remembers an error. A failure to do so must not hide that error. */
export async function rememberFailure(
  { home }: Environment,
  error: unknown,
  command: string,
): Promise<void> {
  // A result has already reported each part; and `doctor`, which looks for the failure, must not overwrite it.
  if (error instanceof EndedWith || command === 'doctor') return;
  const code = error instanceof MailError ? error.code : 'internal';
  // A command that fails must not leave a settings folder behind.
  if (NO_FAILURE.includes(code) || !existsSync(home)) return;
  const note: LastFailure = { code, at: new Date().toISOString(), command };
  await writeFileDurably(pathIn(home), `${JSON.stringify(note)}\n`).catch(() => undefined);
}

/** Null if there was none, or if the file can't be read. */
export async function readLastFailure({ home }: Environment): Promise<LastFailure | null> {
  try {
    const text = await readPrivateFile(pathIn(home));
    return text === null ? null : v.parse(schema, JSON.parse(text));
  } catch {
    return null;
  }
}

function pathIn(home: string): string {
  return join(home, 'last-failure.json');
}
