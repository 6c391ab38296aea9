/**
 * The same world for many sites or messages: what they share is asked for once. The only place that spreads a world.
 */

import { setMaxListeners } from 'node:events';
import { forManySites } from '../credentials/for-many-sites.js';
import type { OAuthClient } from '../google/oauth-client-file.js';
import { once } from './once.js';
import type { World } from './world.js';

/**
 * @param remembersSecrets also read each site's secrets only once: for many messages of one site
 * @param finishes Ctrl-C stops nothing in progress; the caller starts nothing more
 */
export function bulk(
  world: World,
  { remembersSecrets = false, finishes = false }: BulkOptions = {},
): World {
  return {
    ...world,
    ...(finishes ? { signal: neverAborted() } : {}),
    secrets: once(async () => forManySites(await world.secrets(), remembersSecrets)),
    client: once(() => world.client()),
    delegation: once(async () => {
      const { DelegatedTokens } = await import('../connection/delegated-tokens.js');
      return new DelegatedTokens(world.environment.forChildren, true);
    }),
    tokens: {},
    dns: once(() => sharedDns(world)),
  };
}

interface BulkOptions {
  readonly remembersSecrets?: boolean;
  readonly finishes?: boolean;
}

function neverAborted(): AbortSignal {
  const { signal } = new AbortController();
  setMaxListeners(0, signal);
  return signal;
}

/**
 * For sites that need no person: their steps are silent unless `--verbose` is given, and Ctrl-C lets those in progress
 * finish.
 */
export function unattended(world: World): World {
  const quietly = () => undefined;
  const silent = { started: quietly, ended: quietly, failed: quietly };
  const report = {
    ...world.report,
    ...(world.options.verbose === true ? {} : silent),
    // The progress bar of the whole run stays.
    waiting: () => quietly,
  };
  return { ...bulk(world, { finishes: true }), report };
}

/** With a Google client that is not saved, since a dry run must not save it. */
export function withClient(world: World, client: OAuthClient): World {
  return { ...world, client: async () => client };
}

/** After this many queries in a row without an answer, the DNS is not asked again: each takes 3 seconds. */
const SILENT_MOST = 3;

/** Asks once for each domain. */
async function sharedDns(world: World): ReturnType<World['dns']> {
  const assess = await world.dns();
  if (assess === null) return null;
  const known = new Map<string, ReturnType<typeof assess>>();
  let silent = 0;
  return (question) => {
    const key = [question.sender, question.account].map(domainOf).join(' ');
    const before = known.get(key);
    if (before !== undefined) return before;
    if (silent >= SILENT_MOST) return Promise.resolve(null);
    const asked = assess(question).then((report) => {
      // A single unknown part does not mean that the DNS gave no answer.
      const isSilent = report?.findings.every(({ code }) => code === 'dns-unknown') === true;
      silent = isSilent ? silent + 1 : 0;
      return report;
    });
    known.set(key, asked);
    return asked;
  };
}

function domainOf(address: string | null): string {
  return address?.slice(address.lastIndexOf('@') + 1).toLowerCase() ?? '';
}
