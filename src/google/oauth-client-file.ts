/** The OAuth client file that Google gives out for a Desktop app: read, checked, and explained when it is wrong. */

import { readFile } from 'node:fs/promises';
import { MailError } from '../errors.js';
import { storageError } from '../storage/durable-file.js';

/** The identity of this program at Google. Of a Desktop app even the secret is not treated as one by Google. */
export interface OAuthClient {
  readonly id: string;
  /** Google marks it optional, yet refuses Desktop clients that leave it out when they have one. */
  readonly secret: string | null;
}

/** Google's files are below 1 KiB; anything much larger is another file. */
const SIZE_MAX = 64 * 1024;

const HOW_TO_GET =
  'In the Google Cloud console: APIs & Services > Credentials > Create credentials > OAuth client ID > ' +
  'Desktop app, then download the JSON file.';

/**
 * Reads the client file. Addresses named in it are ignored: they come from the issuer's own metadata.
 *
 * @throws MailError `no-oauth-client` if there is no file; `invalid-oauth-client` that says what is wrong in it.
 */
export async function readOAuthClientFile(path: string): Promise<OAuthClient> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') throw noClientFile(path);
    throw storageError(error, path, 'read');
  }
  return parseOAuthClient(text, path);
}

/** Checks the text of a client file. @throws MailError `invalid-oauth-client` */
export function parseOAuthClient(text: string, path: string): OAuthClient {
  if (text.length > SIZE_MAX)
    throw invalid(path, 'it is far larger than a client file from Google');
  const file = asObject(parseJson(text, path));
  if (file === null) throw invalid(path, 'it does not hold a JSON object');
  if ('web' in file) {
    throw invalid(path, 'it is for a "Web application", and this program needs a "Desktop app"');
  }
  if (file.type === 'service_account') {
    throw invalid(
      path,
      'it is the key of a service account, and this program needs a "Desktop app" client',
    );
  }
  const installed = asObject(file.installed);
  if (installed === null) throw invalid(path, 'the part "installed" is missing');
  const { client_id: id, client_secret: secret } = installed;
  if (typeof id !== 'string' || id.trim() === '') {
    throw invalid(path, 'the field installed.client_id is missing or empty');
  }
  if (secret !== undefined && typeof secret !== 'string') {
    throw invalid(path, 'the field installed.client_secret is not text');
  }
  return { id, secret: secret === undefined || secret === '' ? null : secret };
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw invalid(path, 'it is not JSON');
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : null;
}

function noClientFile(path: string): MailError {
  return new MailError(
    'no-oauth-client',
    `There is no Google client file at ${path}. It tells Google which program asks.`,
    `${HOW_TO_GET}\nSave it at that path, or name it with WRITEUPP_MAIL_OAUTH_CLIENT.`,
  );
}

function invalid(path: string, why: string): MailError {
  return new MailError(
    'invalid-oauth-client',
    `The Google client file ${path} can't be used: ${why}.`,
    HOW_TO_GET,
  );
}
