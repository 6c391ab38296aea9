/** The practice's file that support made: found where people leave it, and checked before it is used. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { readRows } from '../formats/rows.js';
import { parseOAuthClient } from '../google/oauth-client-file.js';

export interface PracticeFile {
  readonly path: string;
  /** The name of the site on record. */
  readonly site: string;
  readonly organisation: string;
  /** Where the test message goes. */
  readonly login: string;
  /** The Google account that `migrate` will expect; null if none. */
  readonly account: string | null;
  /** From the Google client file in it; null if it has none. */
  readonly clientId: string | null;
}

/** Larger files in a folder are something else; a file that a person names may be of any size. */
const SIZE_MAX = 256 * 1024;

/** @throws MailError, or the file system's error, unless it is the file of exactly one practice */
export async function readPracticeFile(path: string): Promise<PracticeFile> {
  const { rows, client } = await readRows(readFileSync(path));
  const [{ values }, ...others] = rows as [(typeof rows)[number], ...typeof rows];
  const {
    name = '',
    organisation = name,
    login = '',
    account = '',
    'smtp-user': user = '',
  } = values;
  if (others.length > 0 || name === '') throw new Error('not one practice');
  return {
    path,
    site: name,
    organisation,
    login,
    account: [account, user].find((address) => address.includes('@')) ?? null,
    clientId: client === null ? null : parseOAuthClient(JSON.stringify(client), path).id,
  };
}

/** The practice's files in a folder that contain a client file, as support makes them; none if it can't be read. */
export async function practiceFilesIn(folder: string): Promise<PracticeFile[]> {
  const paths = namesIn(folder)
    .filter((name) => /\.json$/i.test(name))
    .map((name) => join(folder, name));
  const found = await Promise.all(paths.filter(isSmallFile).map(asPracticeFile));
  return found.filter((file) => file !== null && file.clientId !== null) as PracticeFile[];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

function isSmallFile(path: string): boolean {
  try {
    const found = statSync(path);
    return found.isFile() && found.size <= SIZE_MAX;
  } catch {
    return false;
  }
}

async function asPracticeFile(path: string): Promise<PracticeFile | null> {
  return readPracticeFile(path).catch(() => null);
}
