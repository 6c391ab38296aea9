/** The run that holds a lock: what its file says, and what those who wait are shown. */

import { hostname } from 'node:os';
import { isObject, parseJson } from '../text/json.js';
import { oneLine } from '../text/safe-text.js';

/** Who holds a lock, in terms a person can act on: the content of its file. */
export interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly command: string;
  /** ISO 8601. */
  readonly since: string;
}

/** The holder that a lock's file names; null if it names none, for example while it is being written. */
export function parseHolder(text: string | null): LockHolder | null {
  return text === null ? null : holderIn(parseJson(text));
}

/** The holder that a value from outside names; null if it names none. */
export function holderIn(value: unknown): LockHolder | null {
  if (!isObject(value)) return null;
  const { pid, host, command, since } = value;
  if (typeof pid !== 'number' || typeof host !== 'string') return null;
  if (typeof command !== 'string' || typeof since !== 'string') return null;
  return { pid, host: oneLine(host), command: oneLine(command), since };
}

/** Who holds a lock, as a person would say it. */
export function describeHolder(holder: LockHolder | null): string {
  if (holder === null) return 'another run of writeupp-mail';
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(holder.since)) / 1000));
  const where = isElsewhere(holder) ? `on ${holder.host}` : 'on this computer';
  return `"writeupp-mail ${holder.command}" ${where} (process ${holder.pid}, for ${seconds} s)`;
}

/** Whether a holder is on another computer. */
export function isElsewhere({ host }: LockHolder): boolean {
  return host !== hostname();
}

/** What to say if a lock's file names another computer. */
export const SHARED_FOLDER =
  'The settings folder must not be shared between computers: locks and files can’t be relied on there. ' +
  'Give each computer its own with WRITEUPP_MAIL_HOME, or share a database with WRITEUPP_MAIL_STORE.';
