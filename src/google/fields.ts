/** Reads fields of values of unknown shape, as they come from outside. */

import { isObject } from '../words/json.js';

/** The text of a field, or undefined where it is missing, empty or not a text. */
export function textIn(record: Record<string, unknown>, field: string): string | undefined {
  const value = record[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The objects of a field that should be a list of objects. */
export function recordsIn(
  record: Record<string, unknown>,
  field: string,
): readonly Record<string, unknown>[] {
  const value = record[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
