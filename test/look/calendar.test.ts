/** The calendar of known ends, read back by a parser of other people. */

import { expect, test } from '@jest/globals';
import ICAL from 'ical.js';
import { calendarText } from '../../src/look/calendar.js';
import type { End } from '../../src/sites/ends.js';

const NOW = new Date('2026-11-20T12:34:56.789Z');
/** An end, and whose. */
type EndOfSite = End & { readonly site: string; readonly organisation: string };

const END: EndOfSite = {
  site: 'harbour-physio',
  organisation: 'Harbour Physio',
  at: '2026-12-31T00:00:00.000Z',
  code: 'microsoft-ends-smtp',
  message: 'It ends.',
  who: 'nobody',
  hint: 'Switch.',
};

const textOf = (ends: readonly EndOfSite[], now = NOW) =>
  calendarText(
    ends.map(({ site, organisation, ...end }) => ({ site, organisation, ends: [end] })),
    now,
  );

/** Its events, as the parser understands them. */
function eventsOf(ends: readonly EndOfSite[], now = NOW): ICAL.Event[] {
  const calendar = new ICAL.Component(ICAL.parse(textOf(ends, now)));
  expect(calendar.getFirstPropertyValue('version')).toBe('2.0');
  return calendar.getAllSubcomponents('vevent').map((event) => new ICAL.Event(event));
}

test('has an event of a day for each end', () => {
  const [event, ...more] = eventsOf([END]);
  expect(more).toEqual([]);
  expect(event?.startDate.toString()).toBe('2026-12-31');
  expect(event?.startDate.isDate).toBe(true);
  expect(event?.summary).toBe('Email of Harbour Physio: Microsoft ends SMTP passwords');
  expect(event?.description).toBe('It ends.\n\nSwitch.');
  expect(event?.component.getFirstPropertyValue('dtstamp')?.toString()).toBe(
    '2026-11-20T12:34:56Z',
  );
});

test('gives back what is hard to write: commas, semicolons, backslashes, lines, and any script', () => {
  const hard = 'a, b; c \\n d\\ é 漢字 👩‍⚕️ "q": '.repeat(9).trim();
  const [event] = eventsOf([{ ...END, organisation: hard, message: `${hard}\r\n${hard}` }]);
  expect(event?.summary).toContain(hard);
  expect(event?.description).toBe(`${hard}\n${hard}\n\nSwitch.`);
});

test('folds lines at 75 bytes, and parts no character', () => {
  for (let shift = 0; shift < 8; shift += 1) {
    const text = textOf([{ ...END, message: `${'x'.repeat(shift)}${'é漢👩‍⚕️'.repeat(60)}` }]);
    expect(text.endsWith('\r\n')).toBe(true);
    const lines = text.slice(0, -2).split('\r\n');
    expect(lines.filter((line) => Buffer.byteLength(line) > 75 || /[\r\n]/.test(line))).toEqual([]);
    // Half a character can't be written.
    expect(lines.map((line) => Buffer.from(line).toString())).toEqual(lines);
  }
});

test('keeps the identity of an end when its day moves, and gives each another', () => {
  const uid = (change: Partial<EndOfSite>, now = NOW) =>
    eventsOf([{ ...END, ...change }], now)[0]?.uid;
  const known = uid({});
  expect(known).toMatch(/^[0-9a-f]{32}@writeupp-mail$/);
  expect(uid({ at: '2027-06-01T00:00:00.000Z', message: 'x' }, new Date())).toBe(known);
  // Names of sites differ by no capital.
  expect(uid({ site: 'Harbour-Physio' })).toBe(known);
  expect(new Set([known, uid({ site: 'quay' }), uid({ code: 'unused' })]).size).toBe(3);
});

test('can be empty', () => {
  expect(eventsOf([])).toEqual([]);
});
