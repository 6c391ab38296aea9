/** A line of the history as it is stored, and the way back. */

import * as v from 'valibot';
import type { HistoryEvent } from '../sites/site-history.js';
import { isObject, parseJson } from '../text/json.js';

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
  return eventOf(parseJson(text));
}

/** The lines of its last change that a record carries. */
export function linesInRecord(text: string): HistoryEvent[] {
  const record = parseJson(text);
  const lines = isObject(record) && Array.isArray(record.lines) ? record.lines : [];
  return lines.flatMap((each) => eventOf(each) ?? []);
}

/** The event of a line that was read; null for one that is not whole. */
export function eventOf(value: unknown): HistoryEvent | null {
  const parsed = v.safeParse(line, value);
  return parsed.success ? (parsed.output as unknown as HistoryEvent) : null;
}
