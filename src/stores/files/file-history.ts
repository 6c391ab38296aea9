/** The history in the settings folder: one line an event, in `history.jsonl`. */

import { join } from 'node:path';
import type { History, HistoryEvent } from '../../sites/history.js';
import { siteKey } from '../../sites/site-name.js';
import { appendLinesDurably, readLines } from '../../storage/append-file.js';
import { parseHistoryLine } from '../history-line.js';

/** Opens it. Nothing is made before the first event. */
export function openFileHistory(home: string): History {
  const path = join(home, 'history.jsonl');

  /** Every whole line once; of a site, or of all. */
  async function* read(site: string | null): AsyncGenerator<HistoryEvent> {
    const seen = new Set<string>();
    for await (const line of readLines(path)) {
      const event = parseHistoryLine(line);
      if (event === null || (site !== null && siteKey(event.site) !== siteKey(site))) continue;
      if (seen.has(event.id)) continue;
      seen.add(event.id);
      yield event;
    }
  }

  return {
    read,
    async append(events) {
      await appendLinesDurably(
        path,
        events.map((event) => JSON.stringify(event)),
      );
    },
  };
}
