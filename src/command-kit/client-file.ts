/** `--client FILE`: the Google client file, checked before anything is asked, and kept for the runs to come. */

import { join, resolve } from 'node:path';
import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { type OAuthClient, parseOAuthClient, readClientText } from '../google/oauth-client-file.js';
import { writeFileDurably } from '../storage/durable-file.js';

/**
 * Makes sure that there is a Google client file, before a person is asked or sent anywhere. The file named with
 * `--client` is used in this run, and kept in the settings folder if none is there. Where another is there already
 * it is refused: what was connected with that one could no longer send.
 *
 * @throws MailError `no-oauth-client`, `invalid-oauth-client`, `usage`, `storage`
 */
export async function requireClientFile(context: Context): Promise<void> {
  await context.oauthClient();
  const { client } = context.options;
  if (client === undefined) return;
  const path = resolve(client);
  await keepClient(context, (await readClientText(path)) ?? '', path);
}

/**
 * Keeps a client file's text in the settings folder, if none is there.
 *
 * @param where the file that it comes from, for the message
 * @throws MailError `usage` where another client is in use; `invalid-oauth-client`, `storage`
 */
export async function keepClient(context: Context, text: string, where: string): Promise<void> {
  const { options, environment, reporter } = context;
  const client = parseOAuthClient(text, where);
  const kept = join(environment.home, 'oauth-client.json');
  for (const path of new Set([environment.oauthClientPath, kept])) {
    const other = await clientAt(path);
    if (other !== null && other.id !== client.id) throw otherClient(path);
  }
  if (options.dryRun === true || (await readClientText(kept)) !== null) return;
  await writeFileDurably(kept, text);
  reporter.note(`The Google client file is kept now: ${kept}`);
}

/**
 * As `requireClientFile`, where somebody may have to sign in: not for a service account that is named, nor for a site
 * that sends by one.
 */
export async function requireClientFileUnlessDelegated(
  context: Context,
  { serviceAccount }: { readonly serviceAccount: object | null },
  prepared?: string,
): Promise<void> {
  if (serviceAccount !== null) return;
  const store = await context.sites();
  const named = prepared ?? context.options.site ?? context.environment.site;
  const names = named === undefined ? await store.names() : [named];
  const [only] = names;
  // What is wrong with a name or a record is told once the site is chosen.
  const site = names.length === 1 && only ? await store.read(only).catch(() => null) : null;
  if (site?.gmail?.method !== 'delegation') await requireClientFile(context);
}

async function clientAt(path: string): Promise<OAuthClient | null> {
  const text = await readClientText(path);
  return text === null ? null : parseOAuthClient(text, path);
}

function otherClient(path: string): MailError {
  return new MailError(
    'usage',
    `Another Google client file is in use: ${path}`,
    'Nothing was changed. A practice that was connected with that one could no longer send with the new one.\n' +
      'To go on with the one in use, leave --client out.\n' +
      'To change it for good, move that file away first, then run this again and sign in anew.',
  );
}
