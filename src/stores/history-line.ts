/** A line of the history as it is stored, and the way back. */

import * as v from 'valibot';
import type { HistoryEvent } from '../sites/history.js';
import { parseJson } from '../words/json.js';

/** What every line has. The facts beside it are shown as they are. */
const line = v.looseObject({
  id: v.string(),
  at: v.pipe(
    v.string(),
    v.check((at) => !Number.isNaN(Date.parse(at)), 'is not a time'),
  ),
  site: v.string(),
  command: v.string(),
  step: v.string(),
  outcome: v.string(),
  who: v.string(),
  host: v.string(),
});

/** The event of a line; null for one that is not whole. */
export function parseHistoryLine(text: string): HistoryEvent | null {
  const parsed = v.safeParse(line, parseJson(text));
  return parsed.success ? (parsed.output as unknown as HistoryEvent) : null;
}
