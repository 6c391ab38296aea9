/** The time from which Google accepts email again, which it says in words ("Retry after …"), not in a header. */

/**
 * The time in a rate limit's message; undefined where it names none that can be read.
 * Google writes ISO 8601 in UTC: `User-rate limit exceeded.  Retry after 2026-09-11T20:00:00.000Z`.
 */
export function parseRetryAfter(message: string | undefined): Date | undefined {
  const text = /Retry after (\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))/i.exec(
    message ?? '',
  )?.[1];
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** A time in words, in the computer's own time zone unless one is named: "Friday 11 September 2026 at 21:00". */
export function localTime(time: Date, timeZone?: string): string {
  const words = new Intl.DateTimeFormat('en-GB', {
    dateStyle: 'full',
    timeStyle: 'short',
    ...(timeZone === undefined ? {} : { timeZone }),
  }).format(time);
  // Some versions of Node's locale data put a comma after the weekday.
  return words.replace(',', '');
}
