/**
 * The history in the settings folder: one line per event, in `history.jsonl`. A record carries the lines of its last
 * change until the next one, so a run that is killed before it has written them here loses none.
 */

import { join } from 'node:path';
import type { History, HistoryEvent } from '../../sites/site-history.js';
import { siteKey } from '../../sites/site-name.js';
import { appendLinesDurably, readLines } from '../../storage/append-file.js';
import { oneAtATime } from '../../storage/one-at-a-time.js';
import { parseHistoryLine } from '../history-line.js';

/** The history, with a way to complete it. */
export interface FileHistory extends History {
  /** Adds the lines that are not there yet. @throws as `append` does */
  complete(events: readonly HistoryEvent[]): Promise<void>;
}

/**
 * Opens the history. Nothing is created before the first event.
 *
 * @param carried the lines that a site's record carries, or those of all records
 */
export function openFileHistory(
  home: string,
  carried: (site: string | null) => Promise<readonly HistoryEvent[]>,
): FileHistory {
  const path = join(home, 'history.jsonl');
  /** The ids of lines known to be in the file. */
  const known = new Set<string>();
  /** Where the last line that was read starts: it may have been cut short. */
  let looked = 0;
  const inTurn = oneAtATime();

  /** Reads what was added since the last time. */
  async function look(): Promise<void> {
    for await (const { text, start } of readLines(path, looked)) {
      looked = start;
      const event = parseHistoryLine(text);
      if (event !== null) known.add(event.id);
    }
  }

  async function append(events: readonly HistoryEvent[]): Promise<void> {
    await appendLinesDurably(
      path,
      events.map((event) => JSON.stringify(event)),
    );
    for (const { id } of events) known.add(id);
  }

  /** Every whole line once, of one site or of all. */
  async function* read(site: string | null): AsyncGenerator<HistoryEvent> {
    // Read before the file: by the time a record no longer carries a line, the line is in the file.
    const last = await carried(site);
    const seen = new Set<string>();
    for await (const { text } of readLines(path)) {
      const event = parseHistoryLine(text);
      if (event === null || (site !== null && siteKey(event.site) !== siteKey(site))) continue;
      if (seen.has(event.id)) continue;
      seen.add(event.id);
      yield event;
    }
    for (const event of last) if (!seen.has(event.id)) yield event;
  }

  async function* readAll(): AsyncGenerator<HistoryEvent> {
    const events: HistoryEvent[] = [];
    for await (const event of read(null)) events.push(event);
    yield* inTimeOrder(events);
  }

  return {
    read: (site) => (site === null ? readAll() : read(site)),
    append,
    async complete(events) {
      if (events.every(({ id }) => known.has(id))) return;
      await inTurn(look);
      const missing = events.filter(({ id }) => !known.has(id));
      if (missing.length > 0) await append(missing);
    },
  };
}

/**
 * Orders the lines of many sites by time: when sites are worked on in parallel, each one's lines are written as it is
 * done. The lines of one site stay in the order in which they were made, whatever the clock did.
 */
function inTimeOrder(events: readonly HistoryEvent[]): HistoryEvent[] {
  const latest = new Map<string, number>();
  const timed = events.map((event) => {
    const key = siteKey(event.site);
    const time = Math.max(Date.parse(event.at), latest.get(key) ?? 0);
    latest.set(key, time);
    return { event, time };
  });
  return timed.sort((one, other) => one.time - other.time).map(({ event }) => event);
}
