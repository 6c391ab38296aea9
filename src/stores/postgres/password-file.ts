/**
 * The file in which libpq looks for passwords (PostgreSQL 15, 34.16): `host:port:database:user:password`, one per line.
 */

import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What a line has to match. */
export interface Login {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** What was found in the file; `isUnsafe` if other users can read it: then it is ignored, as libpq does. */
export type PasswordFound =
  | { readonly password: string }
  | { readonly password: null; readonly path: string; readonly isUnsafe: boolean };

/** Its path: `PGPASSFILE`, otherwise in the user's home folder. */
export function passwordFilePath({ PGPASSFILE, APPDATA, HOME }: NodeJS.ProcessEnv): string {
  if (PGPASSFILE) return PGPASSFILE;
  return process.platform === 'win32'
    ? join(APPDATA ?? homedir(), 'postgresql', 'pgpass.conf')
    : join(HOME || homedir(), '.pgpass');
}

/** The password of the first line that matches. */
export async function findPassword(login: Login, path: string): Promise<PasswordFound> {
  const none = { password: null, path, isUnsafe: false };
  const facts = await stat(path).catch(() => null);
  if (facts === null || !facts.isFile()) return none;
  if (process.platform !== 'win32' && (facts.mode & 0o077) !== 0)
    return { ...none, isUnsafe: true };
  const text = await readFile(path, 'utf8').catch(() => '');
  const fitting = text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map(fieldsOf)
    .find((fields) => fits(fields, login));
  const password = fitting?.[4] ?? '';
  return password === '' ? none : { password };
}

/** A colon or a backslash in a field is escaped by a backslash. */
function fieldsOf(line: string): readonly string[] {
  const [, ...fields] =
    /^((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):((?:\\.|[^\\:])*):(.*)$/.exec(line) ??
    [];
  return fields.map((field) => field.replace(/\\(.)/g, '$1'));
}

function fits([host, port, database, user]: readonly string[], login: Login): boolean {
  // A socket on this computer is named by its folder, or as "localhost".
  const hosts = login.host.startsWith('/') ? [login.host, 'localhost'] : [login.host];
  const isOneOf = (field: string | undefined, values: readonly string[]) =>
    field !== undefined && (field === '*' || values.includes(field));
  return (
    isOneOf(host, hosts) &&
    isOneOf(port, [String(login.port)]) &&
    isOneOf(database, [login.database]) &&
    isOneOf(user, [login.user])
  );
}
