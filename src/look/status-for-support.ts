/** `status --for-support`: what support asks for on the phone, in a block to read aloud. Never a secret. */

import { arch, release, type } from 'node:os';
import { MailError } from '../errors.js';
import { keychainToTry } from '../kit/keychain-to-try.js';
import { readLastFailure } from '../kit/last-failure.js';
import type { World } from '../kit/world.js';
import { siteView } from '../show/status-facts.js';
import { PATHWAY_WORDS } from '../show/status-lines.js';
import { requireSite } from '../sites/require-site.js';
import type { SiteView } from '../sites/site-view.js';
import { VERSION } from '../version.js';

/** Shows the block; anything that can't be read appears in it as an error code. */
export async function showForSupport(world: World): Promise<void> {
  const { environment } = world;
  const store = await orCode(async () => (await world.sites()).description);
  const sites = await orCode(async () => (await (await world.sites()).names()).length);
  const client = await orCode(async () => (await world.client()).id);
  const credentials = await orCode(async () => {
    // A vault asks for its passphrase when it is opened; only the keychain can be out of order without anyone's doing.
    if (environment.credentials !== 'keychain') return (await world.secrets()).description;
    const keychain = await keychainToTry(world);
    await keychain.prove();
    return keychain.description;
  });
  const lastFailure = await readLastFailure(environment);
  const site = await orCode(() => siteOf(world));
  const system = `${type()} ${release()} (${arch()})`;
  const facts = {
    version: VERSION,
    system,
    node: process.versions.node,
    store,
    sites,
    client,
    credentials,
    lastFailure,
    ...(site !== null && typeof site === 'object' ? site : {}),
  };
  const rows: [label: string, value: string][] = [
    ...siteRows(site),
    ['Version', VERSION],
    ['System', system],
    ['Node.js', process.versions.node],
    ['Records', `${store}; sites: ${sites}`],
    ['Google client', clientWords(client)],
    ['Passwords', String(credentials)],
    [
      'Last failure',
      lastFailure === null
        ? 'none'
        : `${lastFailure.code}, at ${lastFailure.at.slice(0, 16).replace('T', ' ')} UTC, by ${lastFailure.command}`,
    ],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  world.report.result(facts, [
    world.style.strong('For support: read this aloud.'),
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${inShortWords(value)}`),
  ]);
}

/** The site in question: the named or only one; null if there are several. */
async function siteOf(world: World): Promise<Pick<SiteView, 'site' | 'pathway' | 'gmail'> | null> {
  const named = world.options.site ?? world.environment.site;
  const store = await world.sites();
  const names = await store.names();
  const name = named ?? (names.length === 1 ? names[0] : undefined);
  if (name === undefined) return null;
  const { site, pathway, gmail } = await siteView(world, await requireSite(store, name));
  return { site, pathway, gmail };
}

function siteRows(
  found: Awaited<ReturnType<typeof siteOf>> | string,
): [label: string, value: string][] {
  if (found === null) return [];
  if (typeof found === 'string') return [['Site', found]];
  return [
    ['Site', found.site],
    ['Email goes by', PATHWAY_WORDS[found.pathway]],
    ['Gmail account', found.gmail?.email ?? 'none'],
  ];
}

/** A Google client id begins with its project's number: enough to tell them apart. */
function clientWords(id: string): string {
  const [, project] = /^(\d+)-/.exec(id) ?? [];
  return project === undefined ? id : `of project ${project}`;
}

/** Nobody reads more than this aloud without a pause. */
const WORD_MAX = 40;

/** Splits long words, at their own punctuation where they have some. */
function inShortWords(text: string): string {
  return text.replace(/\S{41,}/g, (word) => {
    const parts: string[] = [];
    for (const piece of word.match(/[^/\\.@:_-]*[/\\.@:_-]?|./g) ?? []) {
      for (const part of piece.match(/.{1,40}/gs) ?? []) {
        const last = parts.at(-1);
        if (last !== undefined && last.length + part.length <= WORD_MAX) {
          parts[parts.length - 1] = last + part;
        } else parts.push(part);
      }
    }
    return parts.join(' ');
  });
}

async function orCode<T>(read: () => Promise<T>): Promise<T | string> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof MailError && error.code !== 'interrupted') return error.code;
    throw error;
  }
}
