/**
 * What the last check of all sites found, kept in `checks.json` in this computer's settings folder, even with a shared
 * store: if two computers check, each tells its own readers what is new.
 */

import { join } from 'node:path';
import * as v from 'valibot';
import type { MailError } from '../errors.js';
import type { End, SeenEnds } from '../sites/ends.js';
import type { Pathway } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import { readPrivateFile, writeFileDurably } from '../storage/durable-file.js';

const time = v.pipe(v.string(), v.isoTimestamp());
const TOPICS = ['spf', 'dkim'] as const;

/** What checks have seen of a site over time. */
const seenSchema = v.strictObject({
  /** Since when every check has found that its email can't leave. */
  failingSince: v.nullable(time),
  /** Which records of the sender's domain named Google at the last answer of the DNS; null if it was never asked. */
  dns: v.nullable(
    v.strictObject({
      domain: v.string(),
      names: v.array(v.picklist(TOPICS)),
      /** When a record that had named Google was first missing. It counts as gone once it is no longer in `names`. */
      stopped: v.strictObject({ spf: v.optional(time), dkim: v.optional(time) }),
    }),
  ),
  /** When its service account's key expires. */
  keyEndsAt: v.nullable(time),
});

const schema = v.strictObject({
  version: v.literal(1),
  /** When all sites were last checked. */
  checkedAt: time,
  /** What was found when news was last reported; null if it never was. */
  told: v.nullable(
    v.strictObject({ at: time, problems: v.record(v.string(), v.array(v.string())) }),
  ),
  /** Absent in a file of an earlier version. */
  seen: v.optional(v.record(v.string(), seenSchema), {}),
});

export type FleetMemory = Readonly<v.InferOutput<typeof schema>>;
export type SiteSeen = Readonly<v.InferOutput<typeof seenSchema>>;

/** Null if there is none, or it can't be read: then everything is new. */
export async function readFleetMemory(home: string): Promise<FleetMemory | null> {
  try {
    const text = await readPrivateFile(pathIn(home));
    return text === null ? null : v.parse(schema, JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Stores what was found.
 *
 * @param told whether it was reported as news; if not, later checks are still compared with what was reported last
 * @throws MailError `storage`
 */
export async function keepFleetMemory(
  home: string,
  found: readonly SiteFound[],
  now: Date,
  told: boolean,
): Promise<void> {
  const checkedAt = now.toISOString();
  const before = told ? null : await readFleetMemory(home);
  const problems = Object.fromEntries(
    found.map((site) => [siteKey(site.name), [...problemsOf(site)]]),
  );
  const memory: FleetMemory = {
    version: 1,
    checkedAt,
    told: told ? { at: checkedAt, problems } : (before?.told ?? null),
    seen: Object.fromEntries(found.map(({ name, seen }) => [siteKey(name), seen])),
  };
  await writeFileDurably(pathIn(home), `${JSON.stringify(memory)}\n`);
}

export interface Changes {
  readonly new: readonly string[];
  readonly gone: readonly string[];
}

/** What changed since news was last reported; null if nothing did. A site that did not exist then had no problem. */
export function changesOf(
  site: Pick<SiteFound, 'name' | 'failure' | 'attention'>,
  memory: FleetMemory | null,
): Changes | null {
  const before = memory?.told?.problems[siteKey(site.name)] ?? [];
  const now = problemsOf(site);
  const changes = {
    new: now.filter((code) => !before.includes(code)),
    gone: before.filter((code) => !now.includes(code)),
  };
  return changes.new.length + changes.gone.length === 0 ? null : changes;
}

function pathIn(home: string): string {
  return join(home, 'checks.json');
}

/** What a check found at one site. */
export interface SiteFound {
  readonly name: string;
  /** The site's name if the record can't be read. */
  readonly organisation: string;
  /** Null if the record can't be read. */
  readonly pathway: Pathway | null;
  /** Why email can't leave; null if it can. */
  readonly failure: MailError | null;
  /** Codes of what needs attention. */
  readonly attention: readonly string[];
  /** When the Gmail connection is likely to end if nothing is done; null if nothing suggests that. */
  readonly expectedEnd: Date | null;
  /** The known ends of its way to send. */
  readonly ends: readonly End[];
  readonly seen: SiteSeen;
}

/** Everything that is wrong with a site, as codes. */
function problemsOf({
  failure,
  attention,
}: Pick<SiteFound, 'failure' | 'attention'>): readonly string[] {
  return [...new Set([...(failure === null ? [] : [failure.code]), ...attention])].sort();
}

/** What a single check saw of a site. */
export interface Sight {
  readonly fails: boolean;
  /** Whether the DNS names Google; `undefined` if it did not answer. */
  readonly dns: {
    readonly domain: string;
    readonly spf: boolean | undefined;
    readonly dkim: boolean | undefined;
  } | null;
  /** When its key expires; null if it never does, or there is no key; `undefined` if that could not be found out. */
  readonly keyEndsAt: string | null | undefined;
}

/** What is known of a site after one more check. */
export function seenAfter(
  { fails, dns, keyEndsAt }: Sight,
  before: SiteSeen | undefined,
  now: Date,
): SiteSeen {
  const at = now.toISOString();
  return {
    failingSince: fails ? (before?.failingSince ?? at) : null,
    dns: dns === null ? (before?.dns ?? null) : dnsAfter(dns, before?.dns ?? null, at),
    keyEndsAt: keyEndsAt === undefined ? (before?.keyEndsAt ?? null) : keyEndsAt,
  };
}

/** A DNS that does not answer changes nothing: no answer does not mean that a record has gone. */
function dnsAfter(
  sight: NonNullable<Sight['dns']>,
  before: SiteSeen['dns'],
  at: string,
): SiteSeen['dns'] {
  const { domain } = sight;
  const known = before?.domain === domain ? before : null;
  const stopped = { ...known?.stopped };
  for (const topic of TOPICS) {
    if (sight[topic] === true) delete stopped[topic];
    if (sight[topic] === false && known?.names.includes(topic)) stopped[topic] ??= at;
  }
  const names = TOPICS.filter((topic) => {
    if (sight[topic] === true) return true;
    // The first check that misses it may have got a wrong answer: the next one decides.
    const isDoubted = sight[topic] === undefined || known?.stopped[topic] === undefined;
    return isDoubted && known?.names.includes(topic) === true;
  });
  return { domain, names, stopped };
}

/** The ends among them. */
export function endsSeen(seen: SiteSeen | undefined): SeenEnds {
  const { dns, keyEndsAt } = seen ?? { dns: null, keyEndsAt: null };
  const stopped = TOPICS.filter((topic) => dns?.names.includes(topic) === false);
  return {
    ...(keyEndsAt === null ? {} : { keyEndsAt }),
    stoppedNaming: Object.fromEntries(stopped.map((topic) => [topic, dns?.stopped[topic]])),
  };
}
