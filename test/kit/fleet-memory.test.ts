/** What checks see over the time: since when a site fails, and that a record stopped naming Google. */

import { describe, expect, test } from '@jest/globals';
import { endsSeen, type Sight, type SiteSeen, seenAfter } from '../../src/kit/fleet-memory.js';

const DOMAIN = 'harbour-physio.example harbour-physio.example';
const at = (day: number) => new Date(Date.UTC(2026, 10, day));
const iso = (day: number) => at(day).toISOString();

/** One check a day, from the first of the month on. */
function after(...sights: readonly Partial<Sight>[]): SiteSeen | undefined {
  let seen: SiteSeen | undefined;
  sights.forEach((sight, index) => {
    seen = seenAfter({ fails: false, dns: null, keyEndsAt: null, ...sight }, seen, at(index + 1));
  });
  return seen;
}

const dns = (spf: boolean | undefined, dkim?: boolean, domain = DOMAIN) => ({
  dns: { domain, spf, dkim },
});
const stopped = (...sights: readonly Partial<Sight>[]) =>
  endsSeen(after(...sights)).stoppedNaming ?? {};

test('a site fails since the first check of a row that found it so', () => {
  const since = (...fails: boolean[]) =>
    after(...fails.map((each) => ({ fails: each })))?.failingSince;
  expect(since(false)).toBeNull();
  expect(since(false, true)).toBe(iso(2));
  expect(since(true, true, true)).toBe(iso(1));
  expect(since(true, false, true)).toBe(iso(3));
});

describe('a record that stopped naming Google', () => {
  test('is one that two checks miss, since the first of them', () => {
    expect(stopped(dns(true), dns(false))).toEqual({});
    expect(stopped(dns(true), dns(false), dns(false))).toEqual({ spf: iso(2) });
    expect(stopped(dns(true), dns(false), dns(false), dns(false))).toEqual({ spf: iso(2) });
    expect(stopped(dns(true, true), dns(true, false), dns(true, false))).toEqual({ dkim: iso(2) });
  });

  test('is nothing that stopped where it never named Google, or does so again', () => {
    expect(stopped(dns(false), dns(false), dns(false))).toEqual({});
    expect(stopped(dns(true), dns(false), dns(true))).toEqual({});
    expect(stopped(dns(true), dns(false), dns(true), dns(false))).toEqual({});
    expect(stopped(dns(true), dns(false), dns(false), dns(true))).toEqual({});
  });

  test('is not seen where the DNS did not tell, and not forgotten either', () => {
    expect(stopped(dns(true), dns(undefined), dns(undefined))).toEqual({});
    expect(stopped(dns(true), { dns: null }, dns(false))).toEqual({});
    expect(stopped(dns(true), dns(false), dns(undefined), dns(false))).toEqual({ spf: iso(2) });
    expect(stopped(dns(true), dns(false), dns(false), { dns: null })).toEqual({ spf: iso(2) });
    expect(stopped(dns(true), dns(false), dns(false), dns(undefined))).toEqual({ spf: iso(2) });
  });

  test('is that of one domain: another begins anew', () => {
    const other = dns(false, undefined, 'other.example other.example');
    expect(stopped(dns(true), other, other)).toEqual({});
  });
});

test('the end of a key stays known while nobody can tell', () => {
  const end = (...keyEndsAt: (string | null | undefined)[]) =>
    endsSeen(after(...keyEndsAt.map((each) => ({ keyEndsAt: each })))).keyEndsAt;
  expect(end(iso(20))).toBe(iso(20));
  expect(end(iso(20), undefined)).toBe(iso(20));
  expect(end(iso(20), null)).toBeUndefined();
});
