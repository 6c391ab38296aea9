/**
 * What the last check of all sites found, kept in `checks.json` in the settings folder of this computer, with a shared
 * store as well: two computers that check tell each their own reader what is new.
 */

import { join } from 'node:path';
import * as v from 'valibot';
import { siteKey } from '../sites/site-name.js';
import { readPrivateFile, writeFileDurably } from '../storage/durable-file.js';
import { problemsOf, type SiteFound } from './fleet.js';

const time = v.pipe(v.string(), v.isoTimestamp());

const schema = v.strictObject({
  version: v.literal(1),
  /** When all sites were last checked. */
  checkedAt: time,
  /** What was found when the news were last told; null if they never were. */
  told: v.nullable(
    v.strictObject({ at: time, problems: v.record(v.string(), v.array(v.string())) }),
  ),
});

/** What is remembered. */
export type FleetMemory = Readonly<v.InferOutput<typeof schema>>;

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
  };
  await writeFileDurably(pathIn(home), `${JSON.stringify(memory)}\n`);
}

/** What changed at a site. */
export interface Changes {
  readonly new: readonly string[];
  readonly gone: readonly string[];
}

/** What changed since the news were last told; null if nothing did. A site that was not there then had no problem. */
export function changesOf(site: SiteFound, memory: FleetMemory | null): Changes | null {
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
