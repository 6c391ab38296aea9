/** Ends as a calendar (RFC 5545): each is an all-day event, whose identity stays the same when its day moves. */

import { createHash } from 'node:crypto';
import type { World } from '../kit/world.js';
import type { End, EndCode } from '../sites/ends.js';
import { siteKey } from '../sites/site-name.js';
import { refuseUnfit, writeNamedFile } from '../storage/named-file.js';
import { END_WORDS } from './end-words.js';

/** The known ends of a site. */
export interface EndsOfSite {
  readonly site: string;
  readonly organisation: string;
  readonly ends: readonly End[];
}

const ICS = { option: '--ics' };

/** Checked before anything is done. @throws MailError `usage` */
export function refuseUnfitCalendar(path: string): void {
  refuseUnfit(path, ICS);
}

/** @throws MailError `usage`, `storage` */
export async function writeCalendar(
  path: string,
  sites: readonly EndsOfSite[],
  { now, report, streams }: Pick<World, 'now' | 'report' | 'streams'>,
): Promise<void> {
  await writeNamedFile(path, calendarText(sites, now()), ICS);
  // Some calendars refuse a file without events (section 3.6). That concerns a person, not a nightly job's mail.
  if (streams.stderr.isTTY === true && sites.every(({ ends }) => ends.length === 0)) {
    report.note('No known ends: the calendar is empty.');
  }
}

/** The text of the calendar. @param now when it is made (DTSTAMP, section 3.8.7.2) */
export function calendarText(sites: readonly EndsOfSite[], now: Date): string {
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//writeupp-mail//ends//EN',
    ...sites.flatMap(({ site, organisation, ends }) =>
      ends.flatMap(({ at, code, message, hint }) => [
        'BEGIN:VEVENT',
        `UID:${uidOf(site, code)}`,
        `DTSTAMP:${now.toISOString().replace(/[-:]|\.\d+/g, '')}`,
        `DTSTART;VALUE=DATE:${at.slice(0, 10).replaceAll('-', '')}`,
        `SUMMARY:${escaped(`Email of ${organisation}: ${END_WORDS[code]}`)}`,
        `DESCRIPTION:${escaped(`${message}\n\n${hint}`)}`,
        // It makes nobody busy.
        'TRANSP:TRANSPARENT',
        'END:VEVENT',
      ]),
    ),
    'END:VCALENDAR',
  ];
  return lines.map((line) => `${folded(line)}\r\n`).join('');
}

/** Stable for the same end of the same site, whatever its date. */
function uidOf(site: string, code: EndCode): string {
  const hash = createHash('sha256')
    .update(`${siteKey(site)}\n${code}`)
    .digest('hex');
  return `${hash.slice(0, 32)}@writeupp-mail`;
}

/** TEXT, section 3.3.11. */
function escaped(text: string): string {
  return text.replace(/[\\;,]/g, '\\$&').replace(/\r?\n/g, '\\n');
}

/** The maximum length of a line in bytes, without its line break (section 3.1). */
const LINE_MAX = 75;

/** Never splits a character. */
function folded(line: string): string {
  let [out, bytes] = ['', 0];
  for (const character of line) {
    const size = Buffer.byteLength(character);
    if (bytes + size > LINE_MAX) {
      out += '\r\n ';
      bytes = 1;
    }
    out += character;
    bytes += size;
  }
  return out;
}
