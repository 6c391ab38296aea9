/** Reads fields of outside values of unknown shape. */

import { isObject } from '../text/json.js';

/** The text of a field, or undefined if it is missing, empty or not a string. */
export function textIn(record: Record<string, unknown>, field: string): string | undefined {
  const value = record[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The objects in a field that should be a list of objects. */
export function recordsIn(
  record: Record<string, unknown>,
  field: string,
): readonly Record<string, unknown>[] {
  const value = record[field];
  return Array.isArray(value) ? value.filter(isObject) : [];
}
