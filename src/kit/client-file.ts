/**
 * The Google client file of a run: the one from `--client`, else the one in use. What a run uses is kept for the next.
 */

import { join, resolve } from 'node:path';
import { MailError } from '../errors.js';
import {
  type OAuthClient,
  parseOAuthClient,
  readClientText,
  readOAuthClientFile,
} from '../google/oauth-client-file.js';
import type { SiteStore } from '../sites/site-store.js';
import { writeFileDurably } from '../storage/durable-file.js';
import type { Reporter } from '../terminal/reporter.js';
import type { Environment } from './environment.js';

interface ClientWorld {
  readonly environment: Environment;
  readonly options: { readonly client?: string; readonly dryRun?: boolean };
  readonly report: Pick<Reporter, 'note'>;
  sites(): Promise<Pick<SiteStore, 'handsOver'>>;
}

/**
 * The Google client. One named with `--client` is kept in the settings folder if none is there. If a different one is
 * there already, the new one is refused: what was connected with the old one could no longer send. If WriteUpp sends by
 * itself, a client that it can't use is refused too: once kept, it would stand in the way of the right one.
 *
 * @throws MailError `no-oauth-client`, `invalid-oauth-client`, `usage`, `store-refused`, `storage`
 */
export async function clientOfRun(world: ClientWorld): Promise<OAuthClient> {
  const { client } = world.options;
  if (client === undefined) return readOAuthClientFile(world.environment.oauthClientPath);
  const path = resolve(client);
  const found = await readOAuthClientFile(path);
  await keepClient(world, (await readClientText(path)) ?? '', path);
  return found;
}

/**
 * Keeps a client file's text in the settings folder, if none is there.
 *
 * @param where the file it comes from, for the message
 * @throws MailError `usage` if another client is in use; `store-refused` for one that WriteUpp can't use;
 *   `invalid-oauth-client`, `storage`
 */
export async function keepClient(
  { options, environment, report, sites }: ClientWorld,
  text: string,
  where: string,
): Promise<void> {
  const client = parseOAuthClient(text, where);
  const kept = join(environment.home, 'oauth-client.json');
  for (const path of new Set([environment.oauthClientPath, kept])) {
    const other = await clientAt(path);
    if (other !== null && other.id !== client.id) throw otherClient(path);
  }
  if ((await readClientText(kept)) !== null) return;
  const refusal = (await sites()).handsOver?.refusal(client.id) ?? null;
  if (refusal !== null) throw refusal;
  if (options.dryRun === true) return;
  await writeFileDurably(kept, text);
  report.note(`The Google client file is kept now: ${kept}`);
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
      'To change it for good, move that file away first, then run this again and sign in again.',
  );
}
