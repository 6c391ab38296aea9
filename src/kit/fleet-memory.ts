/**
 * What the last check of all sites found, kept in `checks.json` in the settings folder of this computer, with a shared
 * store as well: two computers that check tell each their own reader what is new.
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

/** What checks have seen of a site, over the time. */
const seenSchema = v.strictObject({
  /** Since when no check found that its email can leave. */
  failingSince: v.nullable(time),
  /** What of the sender's domain named Google, when the DNS last told; null where it was not asked. */
  dns: v.nullable(
    v.strictObject({
      domain: v.string(),
      names: v.array(v.picklist(TOPICS)),
      /** When a record was first missed that had named Google. It is gone once it is in `names` no more. */
      stopped: v.strictObject({ spf: v.optional(time), dkim: v.optional(time) }),
    }),
  ),
  /** When the key of its service account ends. */
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

/** What is remembered. */
export type FleetMemory = Readonly<v.InferOutput<typeof schema>>;
/** What is remembered of one site. */
export type SiteSeen = Readonly<v.InferOutput<typeof seenSchema>>;

/** Reads it; null where there is none, or it can't be read: then everything is new. */
export async function readFleetMemory(home: string): Promise<FleetMemory | null> {
  try {
    const text = await readPrivateFile(pathIn(home));
    return text === null ? null : v.parse(schema, JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Keeps what was found.
 *
 * @param told whether it was told as news; a check that was not leaves what is compared with as it was
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

/** What changed at a site. */
export interface Changes {
  readonly new: readonly string[];
  readonly gone: readonly string[];
}

/** What changed since news was last reported; null if nothing did. A site that was not there then had no problem. */
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

/** One site, as it was found. */
export interface SiteFound {
  readonly name: string;
  /** Its name, where the record can't be read. */
  readonly organisation: string;
  /** Null where the record can't be read. */
  readonly pathway: Pathway | null;
  /** Why email can't leave; null if it can. */
  readonly failure: MailError | null;
  /** Codes of what needs attention. */
  readonly attention: readonly string[];
  /** When the Gmail connection is likely to end if nothing is done; null where nothing says so. */
  readonly expectedEnd: Date | null;
  /** The known ends of its pathway. */
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

/** What one check saw of a site. */
export interface Sight {
  readonly fails: boolean;
  /** Whether the DNS names Google; `undefined` where it did not tell. */
  readonly dns: {
    readonly domain: string;
    readonly spf: boolean | undefined;
    readonly dkim: boolean | undefined;
  } | null;
  /** When its key ends; null if it has no end, or there is no key; `undefined` where nobody could tell. */
  readonly keyEndsAt: string | null | undefined;
}

/** What is known of a site when one more check has looked. */
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

/** A DNS that did not tell changes nothing: no record has gone because nobody answered. */
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
    // The first check that misses it may have been given a wrong answer: the next one decides.
    const isDoubted = sight[topic] === undefined || known?.stopped[topic] === undefined;
    return isDoubted && known?.names.includes(topic) === true;
  });
  return { domain, names, stopped };
}

/** Which of these are ends. */
export function endsSeen(seen: SiteSeen | undefined): SeenEnds {
  const { dns, keyEndsAt } = seen ?? { dns: null, keyEndsAt: null };
  const stopped = TOPICS.filter((topic) => dns?.names.includes(topic) === false);
  return {
    ...(keyEndsAt === null ? {} : { keyEndsAt }),
    stoppedNaming: Object.fromEntries(stopped.map((topic) => [topic, dns?.stopped[topic]])),
  };
}
