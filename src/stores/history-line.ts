/** A line of the history as it is stored, and how to read it back. */

import * as v from 'valibot';
import type { HistoryEvent } from '../sites/site-history.js';
import { shownSmtpSchema } from '../sites/site-schema.js';
import { isObject, parseJson } from '../text/json.js';

/** Other programs write lines too: a missing or malformed fact hides neither its line nor the other facts. */
const fact = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.fallback(v.optional(schema), undefined);
/**
 * Nothing more: earlier versions wrote the reference here, with which anyone could confirm a message they never opened.
 */
const message = v.object({ id: v.string(), to: v.string() });
const proof = v.object({
  by: v.picklist(['test-message', 'asked-for']),
  testMessage: v.nullable(
    v.object({
      ...message.entries,
      acceptedAt: v.string(),
      receipt: v.picklist(['confirmed', 'denied', 'accepted-by-gmail']),
    }),
  ),
});

/** What every line has, and the facts that some have. */
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
  account: fact(v.string()),
  testMessage: fact(message),
  proof: fact(proof),
  removed: fact(v.object({ smtp: fact(shownSmtpSchema), account: fact(v.string()) })),
  fields: fact(v.array(v.string())),
  from: fact(v.string()),
  member: fact(v.object({ name: v.string(), recipient: v.string() })),
});

/** The event of a line; null if it is incomplete. */
export function parseHistoryLine(text: string): HistoryEvent | null {
  return eventOf(parseJson(text));
}

/** The lines of the last change, as a record carries them. */
export function linesInRecord(text: string): HistoryEvent[] {
  const record = parseJson(text);
  const lines = isObject(record) && Array.isArray(record.lines) ? record.lines : [];
  return lines.flatMap((each) => eventOf(each) ?? []);
}

/** The event of a parsed line; null if it is incomplete. */
export function eventOf(value: unknown): HistoryEvent | null {
  const parsed = v.safeParse(line, value);
  return parsed.success ? (parsed.output as unknown as HistoryEvent) : null;
}
