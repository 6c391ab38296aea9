/** Reads and checks the OAuth client file that Google provides for a Desktop app, and explains its faults. */

import { open } from 'node:fs/promises';
import { MailError } from '../errors.js';
import { refuseStrangers } from '../storage/ownership.js';
import { storageError } from '../storage/storage-error.js';
import { untilFree } from '../storage/until-free.js';
import { isObject, parseJson } from '../text/json.js';

/** The identity of this program at Google. Google does not treat a Desktop app's secret as a secret. */
export interface OAuthClient {
  readonly id: string;
  /** Google marks it optional, yet refuses Desktop clients that have one and leave it out. */
  readonly secret: string | null;
}

/** Google's files are under 1 KiB; anything much larger is a different file. */
const SIZE_MAX = 64 * 1024;

const WHO_HAS_IT =
  'WriteUpp support, or the person who set this program up for your practice, has this file: ask them for it.';

const HOW_TO_GET =
  'To make one, in the Google Cloud console: APIs & Services > Credentials > Create credentials > OAuth client ID > ' +
  'Desktop app, then download the JSON file.';

/**
 * Reads the client file. Addresses named in it are ignored: they come from the issuer's own metadata.
 *
 * @throws MailError `no-oauth-client` if there is no file; `storage` if another user owns it or may write to it;
 *   `invalid-oauth-client` that says what is wrong with it.
 */
export async function readOAuthClientFile(path: string): Promise<OAuthClient> {
  const text = await readClientText(path);
  if (text === null) throw noClientFile(path);
  return parseOAuthClient(text, path);
}

/**
 * The text of the file, without a byte order mark, or null if there is none.
 *
 * @throws MailError `storage`; `invalid-oauth-client` for UTF-16, as saved by some Windows editors
 */
export async function readClientText(path: string): Promise<string | null> {
  let bytes: Buffer;
  try {
    const file = await untilFree(() => open(path));
    try {
      refuseStrangers(path, await file.stat());
      bytes = await file.readFile();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw storageError(error, path, 'read');
  }
  if (isUtf16(bytes)) {
    throw invalid(
      path,
      'it was saved as UTF-16 (editors of Windows call that "Unicode"). Save it as UTF-8, or download it again',
    );
  }
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** By its byte order mark, or by the NUL next to each letter of JSON. */
function isUtf16(bytes: Buffer): boolean {
  const [first, second] = bytes;
  const isMarked = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isMarked || (bytes.length > 1 && (first === 0 || second === 0));
}

/** Checks the text of a client file. @throws MailError `invalid-oauth-client` */
export function parseOAuthClient(text: string, path: string): OAuthClient {
  if (text.length > SIZE_MAX)
    throw invalid(path, 'it is far larger than a client file from Google');
  const file = parseJson(text);
  if (file === undefined) throw invalid(path, 'it is not JSON');
  if (!isObject(file)) throw invalid(path, 'it does not hold a JSON object');
  if ('web' in file) {
    throw invalid(path, 'it is for a "Web application", and this program needs a "Desktop app"');
  }
  if (file.type === 'service_account') {
    throw invalid(
      path,
      'it is the key of a service account, and this program needs a "Desktop app" client',
    );
  }
  const { installed } = file;
  if (!isObject(installed)) throw invalid(path, 'the part "installed" is missing');
  const { client_id: id, client_secret: secret } = installed;
  if (typeof id !== 'string' || id.trim() === '') {
    throw invalid(path, 'the field installed.client_id is missing or empty');
  }
  if (secret !== undefined && typeof secret !== 'string') {
    throw invalid(path, 'the field installed.client_secret is not text');
  }
  return { id, secret: secret === undefined || secret === '' ? null : secret };
}

function noClientFile(path: string): MailError {
  return new MailError(
    'no-oauth-client',
    `There is no Google client file at ${path}. It tells Google which program asks.`,
    `${WHO_HAS_IT}\nSave it at that path, or say where it is: writeupp-mail migrate --client FILE\n${HOW_TO_GET}`,
  );
}

function invalid(path: string, why: string): MailError {
  return new MailError(
    'invalid-oauth-client',
    `The Google client file ${path} can’t be used: ${why}.`,
    `${WHO_HAS_IT}\n${HOW_TO_GET}`,
  );
}
