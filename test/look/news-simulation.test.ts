/**
 * Two years of many practices on a clock of the test's own: who hears of an end before the first message fails, of any
 * other failure within a day, and how often for nothing. What decides is the program’s own; the practices, Google, the
 * DNS and the network are played, by a seed. (With TEST_ALL=1: 1,000 sites; else 60.)
 */

import { expect, test } from '@jest/globals';
import { type ErrorCode, MailError } from '../../src/errors.js';
import {
  endsSeen,
  type FleetMemory,
  type SiteSeen,
  seenAfter,
} from '../../src/kit/fleet-memory.js';
import { type NewsItem, type Notified, whatIsNew } from '../../src/kit/notify.js';
import { newsOf } from '../../src/look/news.js';
import { type End, type EndCode, endsOf } from '../../src/sites/ends.js';
import { pathway, type Site, type SmtpSettings } from '../../src/sites/site.js';
import { aSite, DELEGATED, GMAIL, SMTP } from '../sites/a-site.js';
import { numbersFrom } from '../support/random.js';

const SEED = Number(process.env.NEWS_SEED ?? 20261129);
const SITES = process.env.TEST_ALL === '1' ? 1_000 : 60;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const START = Date.parse('2026-11-20T00:00:00.000Z');
const END = START + 730 * DAY;
/** As docs/scripting.md has it: every six hours, at no exact minute. */
const EVERY = 6 * HOUR;
const JITTER = 0.75 * HOUR;

/** What is so of the world, as often as one may expect it or oftener. */
const WORLD = {
  // One check of a site fails for no reason that lasts (a packet, a busy server), and does so at its second try too.
  blip: 0.000_05,
  // A run does not take place, or its command fails: the computer is off, the webhook is away.
  missed: 0.03,
  commandFails: 0.01,
  // Each provider is away now and then, and so is this computer’s network: times a year, and hours.
  outages: { count: 3, hours: 1.5 },
  offline: { count: 12, hours: 3 },
  // The DNS does not answer, or answers for a moment as if a record were gone.
  dnsSilent: 0.005,
  dnsWrong: 0.000_002,
};
const PROVIDERS = 20;

/** How many of the sites are of which kind, in hundredths. */
const KINDS: Readonly<Record<string, number>> = {
  ...{ oauth: 44, testing: 2, 'testing-unnamed': 2, limited: 6, locked: 3 },
  ...{ key: 12, 'endless-key': 8, office: 13, 'google-smtp': 5, 'other-smtp': 5 },
};

/** Why and since when email of a site does not arrive, whatever a check sees. */
interface Truth {
  readonly at: number;
  readonly code: ErrorCode | null;
  /** The end of the list that it is; null for anything else. */
  readonly end: EndCode | null;
}

interface Practice {
  site: Site;
  readonly kind: string;
  readonly provider: number;
  /** Between two messages, on average. */
  readonly pause: number;
  readonly asksDmarc: boolean;
  keyEndsAt: string | null;
  dns: { spf: boolean; dkim: boolean };
  failing: Truth | null;
  /** When the first message fails. */
  firstFailed: number;
  /** What somebody was told since it last began anew. */
  told: { readonly at: number; readonly item: NewsItem }[];
  /** When somebody sees to it. */
  repairAt: number | null;
  /** What lies ahead, in no order: revocations and the like. */
  readonly fates: {
    readonly at: number;
    readonly happens: (practice: Practice, now: number) => void;
  }[];
}

const iso = (time: number) => new Date(time).toISOString();

class Simulation {
  readonly #random = numbersFrom(SEED);
  readonly #practices: Practice[];
  readonly #outages: readonly (readonly { from: number; to: number }[])[];
  readonly #offline: readonly { from: number; to: number }[];
  #seen = new Map<string, SiteSeen>();
  #told: readonly Notified[] = [];
  /** Ends that came, by code: how many, and how many were told before the first message failed. */
  readonly ends = new Map<EndCode, { came: number; foretold: number }>();
  /** Hours from any other failure until it was told. */
  readonly others: number[] = [];
  readonly falseAlarms: string[] = [];

  constructor() {
    this.#offline = this.#spans(WORLD.offline);
    this.#outages = Array.from({ length: PROVIDERS }, () => this.#spans(WORLD.outages));
    this.#practices = Array.from({ length: SITES }, (_, index) => this.#practice(index));
  }

  run(): void {
    for (let time = START; time < END; time += EVERY) {
      const now = time + this.#random() * JITTER;
      for (const practice of this.#practices) this.#live(practice, now);
      if (this.#random() >= WORLD.missed) this.#check(now);
    }
    for (const practice of this.#practices) this.#close(practice);
  }

  #exponential(mean: number): number {
    return -Math.log(1 - this.#random()) * mean;
  }

  #spans({ count, hours }: { count: number; hours: number }): { from: number; to: number }[] {
    const spans: { from: number; to: number }[] = [];
    for (let at = START; at < END; ) {
      at += this.#exponential((365 / count) * DAY);
      spans.push({ from: at, to: at + this.#exponential(hours * HOUR) });
    }
    return spans;
  }

  #practice(index: number): Practice {
    const name = `site-${index}`;
    const kind = this.#kindOf(((index + 0.5) / SITES) * 100);
    const practice: Practice = {
      ...{ kind, provider: Math.floor(this.#random() * PROVIDERS), failing: null },
      site: aSite({ name }),
      pause: 0.5 * HOUR + this.#random() * 24 * HOUR,
      asksDmarc: this.#random() < 0.5,
      ...{ keyEndsAt: null, dns: { spf: true, dkim: this.#random() < 0.7 } },
      ...{ firstFailed: Number.POSITIVE_INFINITY, told: [], repairAt: null, fates: [] },
    };
    this.#begin(practice, START);
    const smtp = (change: Partial<SmtpSettings>) => aSite({ name, smtp: { ...SMTP, ...change } });
    const fate = (at: number, code: ErrorCode, end: EndCode | null) =>
      practice.fates.push({ at, happens: (each, now) => this.#fail(each, { at: now, code, end }) });
    if (kind === 'office') {
      practice.site = smtp({ host: 'smtp.office365.com' });
      // Some administrators turn it on again, until it ends for all.
      const at = this.#random() < 0.7 ? '2026-12-31' : '2028-06-01';
      fate(Date.parse(at) + this.#random() * 20 * DAY, 'smtp-refused', 'microsoft-ends-smtp');
    } else if (kind === 'google-smtp') {
      practice.site = smtp({});
      if (this.#random() < 0.6)
        fate(START + (2 + this.#random() * 700) * DAY, 'smtp-refused', 'google-ended-smtp');
    } else if (kind === 'other-smtp') {
      practice.site = smtp({ host: 'mail.provider.example' });
    }
    // Nobody has touched it for years, and a locked keychain lets nobody look.
    if (kind === 'locked') return practice;
    // Passwords change, permissions are revoked, keys are deleted, servers go; records of the DNS are edited.
    for (let at = START; at < END; ) {
      at += this.#exponential(5 * 365 * DAY);
      const ofServer = this.#random() < 0.5 ? 'network' : 'smtp-refused';
      fate(at, kind.includes('smtp') || kind === 'office' ? ofServer : 'sign-in-needed', null);
    }
    for (let at = START; at < END; ) {
      at += this.#exponential(20 * 365 * DAY);
      const topic = this.#random() < 0.5 ? 'spf' : 'dkim';
      practice.fates.push({ at, happens: (each, now) => this.#stopNaming(each, topic, now) });
    }
    return practice;
  }

  #kindOf(hundredth: number): string {
    let sum = 0;
    for (const [kind, share] of Object.entries(KINDS)) {
      sum += share;
      if (hundredth < sum) return kind;
    }
    return 'oauth';
  }

  /** A new connection: what was before is over. */
  #begin(practice: Practice, now: number): void {
    const { kind, site } = practice;
    const refusals = site.gmail?.refusals;
    const made = { connectedAt: iso(now), usedAt: iso(now), test: null };
    const life = kind === 'testing' ? 7 : kind === 'limited' ? 60 + this.#random() * 120 : null;
    const isKey = kind === 'key' || kind === 'endless-key';
    practice.site = aSite({
      name: site.name,
      gmail: isKey
        ? { ...DELEGATED, ...made }
        : {
            ...{ ...GMAIL, ...made },
            ...(life === null ? {} : { endsAt: iso(now + life * DAY) }),
            ...(refusals === undefined ? {} : { refusals }),
          },
    });
    practice.keyEndsAt = kind === 'key' ? iso(now + (30 + this.#random() * 335) * DAY) : null;
    practice.failing = null;
    practice.firstFailed = Number.POSITIVE_INFINITY;
    practice.told = [];
    practice.repairAt = null;
  }

  #fail(practice: Practice, truth: Truth): void {
    if (practice.failing !== null) return;
    practice.failing = truth;
    practice.firstFailed = truth.at + this.#exponential(practice.pause);
    if (truth.code === 'sign-in-needed' && practice.site.gmail?.method === 'oauth') {
      practice.repairAt = null;
    }
  }

  #stopNaming(practice: Practice, topic: 'spf' | 'dkim', now: number): void {
    if (pathway(practice.site) !== 'gmail' || !practice.dns[topic]) return;
    practice.dns[topic] = false;
    const end = `${topic}-without-google` as const;
    const passes = practice.dns.spf || practice.dns.dkim;
    // No DMARC, or the other proof: nothing fails, and it is put back some day.
    if (!passes && practice.asksDmarc) this.#fail(practice, { at: now, code: null, end });
    else {
      const happens = (each: Practice) => {
        each.dns[topic] = true;
      };
      practice.fates.push({ at: now + 40 * DAY, happens });
    }
  }

  /** What happens by itself until now. */
  #live(practice: Practice, now: number): void {
    for (const fate of practice.fates.filter(({ at }) => at <= now)) {
      practice.fates.splice(practice.fates.indexOf(fate), 1);
      fate.happens(practice, fate.at);
    }
    const { gmail } = practice.site;
    if (practice.failing === null && pathway(practice.site) === 'gmail' && gmail !== null) {
      const week =
        practice.kind === 'testing-unnamed' ? Date.parse(gmail.connectedAt) + 7 * DAY : null;
      const unused = gmail.method === 'oauth' ? Date.parse(gmail.usedAt) + 180 * DAY : null;
      const code = 'sign-in-needed';
      const limit = gmail.endsAt === undefined ? null : Date.parse(gmail.endsAt);
      const named = practice.kind === 'testing' ? 'testing-mode' : 'permission-ends';
      // The first week of an app in Testing that says nothing is nobody's to foresee.
      const isHabit = gmail.refusals?.some(({ reason }) => reason === 'testing-mode-expiry');
      if (limit !== null && limit <= now) this.#fail(practice, { at: limit, code, end: named });
      else if (week !== null && week <= now)
        this.#fail(practice, { at: week, code, end: isHabit ? 'testing-mode' : null });
      else if (unused !== null && unused <= now)
        this.#fail(practice, { at: unused, code, end: 'unused' });
      else if (practice.keyEndsAt !== null && Date.parse(practice.keyEndsAt) <= now)
        this.#fail(practice, {
          at: Date.parse(practice.keyEndsAt),
          code: 'invalid-settings',
          end: 'key-ends',
        });
    }
    if (practice.failing !== null && practice.repairAt !== null && practice.repairAt <= now) {
      this.#close(practice);
      if (practice.site.smtp !== null) {
        // It moves to Gmail, and what lay ahead of its server is no longer its own.
        Object.assign(practice, { kind: 'oauth' });
        practice.fates.splice(0);
      }
      practice.dns = { spf: true, dkim: practice.dns.dkim };
      this.#begin(practice, practice.repairAt);
    }
  }

  /** A failure is over: what was told of it, and when? */
  #close(practice: Practice): void {
    const { failing, firstFailed, told } = practice;
    // What came on the last day may still be told.
    if (failing === null || failing.at > END - DAY) return;
    if (failing.end !== null) {
      const count = this.ends.get(failing.end) ?? { came: 0, foretold: 0 };
      const isForetold = told.some(
        ({ at, item }) => item.kind === 'end' && item.code === failing.end && at < firstFailed,
      );
      count.came += 1;
      count.foretold += isForetold ? 1 : 0;
      this.ends.set(failing.end, count);
    } else {
      const first = told.find(({ at, item }) => item.kind === 'died' && at >= failing.at);
      this.others.push(((first?.at ?? END) - failing.at) / HOUR);
    }
  }

  #isIn(spans: readonly { from: number; to: number }[] = [], now: number, least = 0): boolean {
    return spans.some(({ from, to }) => from + least <= now && now < to);
  }

  /** One run of `status --all --check --notify`. */
  #check(now: number): void {
    const date = new Date(now);
    const isOffline = this.#isIn(this.#offline, now);
    const memory: FleetMemory = {
      ...{ version: 1, checkedAt: iso(now), told: null },
      seen: Object.fromEntries(this.#seen),
    };
    const found = this.#practices.map((practice) => {
      const failure = isOffline ? fault('network') : this.#tried(practice, now);
      this.#record(practice, failure, now);
      const { site, keyEndsAt } = practice;
      const seen = seenAfter(
        { fails: failure !== null, dns: isOffline ? null : this.#asked(practice), keyEndsAt },
        this.#seen.get(site.name),
        date,
      );
      this.#seen.set(site.name, seen);
      const ends = endsOnce(practice.site, seen);
      return {
        ...{
          name: site.name,
          organisation: site.name,
          pathway: pathway(site),
          failure,
          ends,
          seen,
        },
        ...{ attention: [], expectedEnd: null },
      };
    });
    const { told, after } = whatIsNew(newsOf(found, memory), this.#told, date);
    if (isOffline || this.#random() < WORLD.commandFails) return;
    this.#told = after;
    for (const item of told) this.#hear(item, now);
  }

  /** What the live try of a site gives. */
  #tried(practice: Practice, now: number): MailError | null {
    if (practice.kind === 'locked') return fault('keychain-locked');
    if (practice.failing?.code != null) return fault(practice.failing.code);
    const provider = practice.site.gmail === null ? practice.provider : 0;
    if (this.#isIn(this.#outages[provider], now)) return fault('google-unavailable');
    return this.#random() < WORLD.blip ? fault('network') : null;
  }

  /** What the program keeps on record of it. */
  #record(practice: Practice, failure: MailError | null, now: number): void {
    const { gmail } = practice.site;
    if (gmail === null) return;
    if (failure === null)
      practice.site = { ...practice.site, gmail: { ...gmail, usedAt: iso(now) } };
    if (failure?.code !== 'sign-in-needed') return;
    const earlier = gmail.refusals ?? [];
    if (earlier.some(({ at }) => at >= gmail.connectedAt)) return;
    const isWeek =
      practice.kind.startsWith('testing') && now - Date.parse(gmail.connectedAt) < 9 * DAY;
    const reason = isWeek ? 'testing-mode-expiry' : 'revoked-or-expired';
    const refusals = [...earlier, { at: iso(now), reason } as const].slice(-5);
    practice.site = { ...practice.site, gmail: { ...gmail, refusals } };
  }

  #asked({ dns, site }: Practice) {
    if (site.gmail === null) return null;
    const domain = `${site.name}.example`;
    const answer = (names: boolean) => {
      if (this.#random() < WORLD.dnsSilent) return undefined;
      return names && this.#random() >= WORLD.dnsWrong;
    };
    return { domain, spf: answer(dns.spf), dkim: answer(dns.dkim) };
  }

  #hear(item: NewsItem, now: number): void {
    const practice = this.#practices.find(({ site }) => site.name === item.site);
    if (practice === undefined) return;
    practice.told.push({ at: now, item });
    if (item.kind === 'recovered') return;
    if (item.kind === 'end' ? !this.#comes(practice, item) : !this.#isDown(practice, now)) {
      this.falseAlarms.push(`${item.kind} ${item.site} ${item.code} ${iso(now)}`);
    }
    // Half of those who hear of an end do something before it comes; who hears that all is over, always.
    const acts = item.kind === 'died' || this.#random() < 0.15;
    if (acts && practice.failing !== null) {
      practice.repairAt ??= now + (1 + this.#random() * 4) * DAY;
    }
  }

  /** Email can't leave, and has not been able to for an hour. */
  #isDown({ failing, provider, site }: Practice, now: number): boolean {
    return (
      (failing?.code ?? null) !== null ||
      this.#isIn(this.#outages[site.gmail === null ? provider : 0], now, HOUR)
    );
  }

  /** An end that was told comes if nobody does anything: of the DNS, the record is gone. */
  #comes({ dns }: Practice, { code }: NewsItem): boolean {
    if (code === 'spf-without-google') return !dns.spf;
    if (code === 'dkim-without-google') return !dns.dkim;
    return true;
  }
}

/** For a record that has not changed, the ends have not either: most of the time goes into their words. */
const known = new WeakMap<Site, { readonly by: string; readonly ends: readonly End[] }>();
function endsOnce(site: Site, seen: SiteSeen): readonly End[] {
  const facts = endsSeen(seen);
  const by = JSON.stringify(facts);
  const before = known.get(site);
  if (before?.by === by) return before.ends;
  const ends = endsOf(site, facts);
  known.set(site, { by, ends });
  return ends;
}

const faults = new Map<ErrorCode, MailError>();
function fault(code: ErrorCode): MailError {
  const known = faults.get(code) ?? new MailError(code, 'It failed.', 'Mend it.');
  faults.set(code, known);
  return known;
}

test(`two years of ${SITES} sites, seed ${SEED}`, () => {
  const simulation = new Simulation();
  simulation.run();
  const { ends, others, falseAlarms } = simulation;
  const share = (codes: readonly EndCode[]) => {
    const counts = codes.map((code) => ends.get(code) ?? { came: 0, foretold: 0 });
    const sum = (of: 'came' | 'foretold') => counts.reduce((total, each) => total + each[of], 0);
    return { came: sum('came'), share: sum('foretold') / sum('came') };
  };
  const all = share([...ends.keys()]);
  // An app in Testing ends each week, and would drown the others.
  const rest = share([...ends.keys()].filter((code) => code !== 'testing-mode'));
  const perThousand = falseAlarms.length / ((SITES * 24) / 1_000);
  if (process.env.TEST_ALL === '1') {
    console.log({ ends: Object.fromEntries(ends), others: others.length, perThousand });
  }
  expect(rest.came).toBeGreaterThan(SITES / 5);
  expect(Math.min(all.share, rest.share)).toBeGreaterThanOrEqual(0.95);
  expect(others.length).toBeGreaterThan(SITES / 5);
  expect(others.filter((hours) => hours > 24)).toEqual([]);
  expect(perThousand > 1 ? falseAlarms : []).toEqual([]);
}, 1_800_000);
