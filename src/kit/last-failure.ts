/**
 * The last failure on this computer, for support on the phone: its code, its time and the command, and no word of what
 * failed. Kept in `last-failure.json` in the settings folder; never written by a dry run.
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

/** What a person decided, or mistyped: support has nothing to fix. */
const NO_FAILURE: readonly ErrorCode[] = ['interrupted', 'cancelled', 'usage'];

/** Remembers an error. Nothing that goes wrong here may hide it. */
export async function rememberFailure(
  { home }: Environment,
  error: unknown,
  command: string,
): Promise<void> {
  // Its result has reported what became of each part; and a search for what failed must not cover it up.
  if (error instanceof EndedWith || command === 'doctor') return;
  const code = error instanceof MailError ? error.code : 'internal';
  // No settings folder is created for it: a command that failed leaves none behind.
  if (NO_FAILURE.includes(code) || !existsSync(home)) return;
  const note: LastFailure = { code, at: new Date().toISOString(), command };
  await writeFileDurably(pathIn(home), `${JSON.stringify(note)}\n`).catch(() => undefined);
}

/** The last failure; null if there was none, or if the note can't be read. */
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
