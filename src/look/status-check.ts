/** `status --check`: tries every way a site's email could leave, now. Made for a nightly job. */

import { performance } from 'node:perf_hooks';
import { isUntried, type Probe, type SiteCheck, SiteChecker } from '../checks/check-site.js';
import type { SmtpProof } from '../checks/check-smtp.js';
import {
  type DeliveryReport,
  deliveryAttention,
  deliveryFacts,
} from '../delivery/delivery-report.js';
import type { Finding } from '../delivery/finding.js';
import type { MailError } from '../errors.js';
import { failureOf, type Outcome, tellFailures, throughSites } from '../kit/each-site.js';
import {
  type Changes,
  changesOf,
  endsSeen,
  type FleetMemory,
  readFleetMemory,
  type Sight,
  type SiteFound,
  seenAfter,
} from '../kit/fleet-memory.js';
import { type SpoolsOf, spoolsHere } from '../kit/spools.js';
import { withSite } from '../kit/with-site.js';
import type { World } from '../kit/world.js';
import { statusLines } from '../show/status-lines.js';
import { type End, endFacts, endsOf, expectedEnd } from '../sites/ends.js';
import type { Site } from '../sites/site.js';
import { siteKey } from '../sites/site-name.js';
import type { CheckFacts } from '../terminal/events.js';
import { SIGN } from '../terminal/style.js';
import { spoolLines, type ViewWithSpools, viewWithSpools } from './with-spools.js';

/**
 * How many sites are tried at a time. A refresh counts against no Gmail quota, and takes a quarter of a second: this
 * many stay far below what Google's token service accepts from one project.
 */
const AT_ONCE = 6;

/** A check of many sites. */
export interface FleetCheck {
  /** What the last check found. */
  readonly memory: FleetMemory | null;
  /** Report only what is new since news was last reported. */
  readonly onlyNews: boolean;
  /** Called with what was found, before the failures are reported. @throws MailError, which is reported with them */
  finish(found: readonly SiteFound[], tookMs: number): Promise<void>;
}

/**
 * Checks sites in parallel: one result for each whose email can leave, then one error for each of the others.
 *
 * @param fleet null if the check is of a single site
 * @throws MailError the most urgent failure, which decides the exit code
 */
export async function checkStatus(
  world: World,
  names: readonly string[],
  fleet: FleetCheck | null = null,
): Promise<void> {
  const started = performance.now();
  const onlyNews = fleet?.onlyNews === true;
  const checker = new SiteChecker(world);
  const isOnly = fleet === null ? undefined : names.length === 1;
  const memory = fleet === null ? await readFleetMemory(world.environment.home) : fleet.memory;
  const spoolsOf = await spoolsHere(world);
  const found = new Map<string, SiteFound>();
  const stop = waiting(world, names, onlyNews);
  const failures = await throughSites(
    names,
    async (name) => {
      const reporting = { memory, onlyNews, isOnly, spoolsOf };
      const { outcome, site } = await checkOne(world, name, checker, reporting);
      found.set(name, site);
      return outcome;
    },
    AT_ONCE,
  );
  stop();
  const inOrder = names.flatMap((name) => found.get(name) ?? []);
  // Keeping and measuring can fail as well, and must not hide a site's failure.
  const failed = await failureOf(async () => fleet?.finish(inOrder, performance.now() - started));
  tellFailures(world, failed === null ? failures : [...failures, failed]);
}

/** A nightly job's mail is about what is new, not about what was waited for. */
function waiting(world: World, names: readonly string[], onlyNews: boolean): () => void {
  if (onlyNews && world.streams.stderr.isTTY !== true) return () => undefined;
  const what = names.length === 1 ? names[0] : `${names.length} sites`;
  return world.report.waiting(`Checking ${what}`);
}

/** How a site is reported. */
interface Reporting {
  /** What the last check of all sites found. */
  readonly memory: FleetMemory | null;
  readonly onlyNews: boolean;
  /** Whether it is the only site on record, if known. */
  readonly isOnly: boolean | undefined;
  readonly spoolsOf: SpoolsOf;
}

async function checkOne(
  world: World,
  name: string,
  checker: SiteChecker,
  { memory, onlyNews, ...shown }: Reporting,
): Promise<{ readonly outcome: Outcome; readonly site: SiteFound }> {
  let tried: Tried | null = null;
  const error = await failureOf(() =>
    withSite(world, name, async (site) => {
      tried = await tryOne(world, site, checker, shown);
      if (tried.check.failure !== null) throw tried.check.failure;
    }),
  );
  // Assigned in a function, where the compiler doesn't see it.
  const seen = tried as Tried | null;
  const known = seenAfter(
    seen === null
      ? { fails: true, dns: null, keyEndsAt: undefined }
      : { ...seen.sight, fails: error !== null },
    memory?.seen[siteKey(name)],
    world.now(),
  );
  const ends = seen === null ? [] : endsOf(seen.known, endsSeen(known), shown.isOnly);
  const site: SiteFound = {
    name,
    organisation: seen?.view.organisation ?? name,
    pathway: seen?.view.pathway ?? null,
    failure: error,
    attention: seen?.view.attention.map(({ code }) => code) ?? [],
    expectedEnd: seen?.expectedEnd ?? null,
    ends,
    seen: known,
  };
  const changes = onlyNews ? changesOf(site, memory) : undefined;
  const isNews = changes !== null;
  const isNewFailure = error !== null && (changes?.new.includes(error.code) ?? isNews);
  // A script gets one line per site: the error that follows. A person sees the whole view as well.
  const isShown = isNews && seen !== null && (!isNewFailure || world.options.json !== true);
  const outcome = {
    tell:
      isShown && seen !== null
        ? () => show(world, seen, { ends, changes: changes ?? undefined, isNewFailure })
        : null,
    failure: isNewFailure ? error : null,
  };
  return { outcome, site };
}

/** What trying a site showed. */
interface Tried {
  readonly site: Site;
  /** The record as it is now. */
  readonly known: Site;
  readonly check: SiteCheck;
  readonly delivery: DeliveryReport | null;
  readonly view: ViewWithSpools;
  readonly expectedEnd: Date | null;
  readonly sight: Omit<Sight, 'fails'>;
}

async function tryOne(
  world: World,
  site: Site,
  checker: SiteChecker,
  { isOnly, spoolsOf }: Pick<Reporting, 'isOnly' | 'spoolsOf'>,
): Promise<Tried> {
  const [check, delivery, keyEndsAt] = await Promise.all([
    checker.check(site),
    checker.assess(site),
    checker.keyEnd(site),
  ]);
  const { gmail } = site;
  // Read again: what was just found needs attention now, not only from the next check on.
  const known = gmail === null ? site : ((await (await world.sites()).read(site.name)) ?? site);
  const stored = await viewWithSpools(world, spoolsOf, known, isOnly);
  const arrival = delivery === null ? [] : deliveryAttention(delivery);
  return {
    ...{ site, known, check, delivery },
    view: { ...stored, attention: [...stored.attention, ...arrival] },
    expectedEnd: known.gmail === null ? null : expectedEnd(known.gmail),
    sight: { dns: delivery === null ? null : dnsSight(delivery), keyEndsAt },
  };
}

/** Whether the DNS names Google; no answer means nothing. */
function dnsSight({ subject, findings }: DeliveryReport): Sight['dns'] {
  const finds = (topic: 'spf' | 'dkim', names: (finding: Finding) => boolean) => {
    const finding = findings.find((each) => each.topic === topic);
    if (finding === undefined || finding.code === 'dns-unknown') return undefined;
    return finding.code === `${topic}-without-google` ? false : names(finding) || undefined;
  };
  const { senderDomain, accountDomain } = subject;
  return {
    domain: [senderDomain.name, accountDomain.name].join(' '),
    spf: finds('spf', () => true),
    // A note says that Google does not sign for such a domain.
    dkim: finds('dkim', ({ status }) => status === 'good'),
  };
}

/** What is reported in addition to what a site showed. */
interface News {
  readonly ends: readonly End[];
  readonly changes: Changes | undefined;
  /** Its failure is reported after this. */
  readonly isNewFailure: boolean;
}

function show(
  world: World,
  { site, check, delivery, view }: Tried,
  { ends, changes, isNewFailure }: News,
): void {
  const facts = {
    ...view,
    ends: ends.map(endFacts),
    checks: { ...checkFacts(check), delivery: delivery && deliveryFacts(delivery) },
  };
  world.report.item(
    'result',
    { ok: check.failure === null, ...facts, ...(changes && { changes }) },
    [
      ...statusLines(view, world.style, [
        ...checkLines(world, site, check, isNewFailure),
        ...arrivalLines(world, delivery),
      ]),
      ...spoolLines(view),
      ...(changes === undefined ? [] : changeLines(changes)),
      '',
    ],
  );
}

function changeLines({ new: fresh, gone }: Changes): string[] {
  return [
    ...(fresh.length === 0 ? [] : [`  New since the last time: ${fresh.join(', ')}`]),
    ...(gone.length === 0 ? [] : [`  Fixed since the last time: ${gone.join(', ')}`]),
  ];
}

/** What needs attention is already in the view. */
function arrivalLines({ style }: World, delivery: DeliveryReport | null): string[] {
  const sign = {
    good: style.good(SIGN.good),
    warning: style.warning(SIGN.warning),
    unknown: style.warning(SIGN.warning),
    note: SIGN.skipped,
  };
  return (delivery?.findings ?? [])
    .filter(({ code }) => code === null)
    .map(({ status, message }) => `${sign[status]} ${message}`);
}

/** What scripts get to see of each attempt: never a token or a password. */
function checkFacts({ gmail, smtp, writeupp }: SiteCheck): Omit<CheckFacts, 'delivery'> {
  return {
    gmail: gmail && probeFacts(gmail, () => ({})),
    smtp: smtp && probeFacts(smtp, (proof) => ({ proof })),
    writeupp: writeupp && probeFacts(writeupp, (proof) => ({ proof })),
  };
}

function probeFacts<T>(
  probe: Probe<T>,
  facts: (found: T) => { readonly proof?: string },
): NonNullable<CheckFacts['gmail']> {
  if (probe.ok) return { ok: true, ...facts(probe.found) };
  const { code, message, hint, exitCode, details } = probe.error;
  return { ok: false, code, message, hint, exitCode, ...details };
}

const NOT_TRIED = 'SMTP was not tried: WriteUpp keeps the password.';

function checkLines(world: World, site: Site, check: SiteCheck, isNewFailure: boolean): string[] {
  const { good, warning, bad } = world.style;
  const failed = (what: string, error: MailError) =>
    isNewFailure && error === check.failure
      ? // The error itself follows, with what to do.
        [`${warning(SIGN.warning)} ${what}`]
      : [`${bad(SIGN.bad)} ${what}: ${error.message}`];
  const server = (probe: Probe<string>, host: string) => {
    if (!probe.ok) return failed(`Checked now: email can’t leave by ${host}`, probe.error);
    return probe.found === 'log-in-accepted'
      ? [`${good(SIGN.good)} Checked now: ${host} accepts the stored login.`]
      : [
          `${warning(SIGN.warning)} Checked now: ${host} is there. It was asked for no login, so this does not prove that it takes email.`,
        ];
  };
  const smtpLines = (probe: Probe<SmtpProof>) =>
    !probe.ok && isUntried(probe.error)
      ? [`${warning(SIGN.warning)} ${NOT_TRIED}`]
      : server(probe, site.smtp?.host ?? '');
  return [
    ...(check.gmail === null
      ? []
      : check.gmail.ok
        ? [`${good(SIGN.good)} Checked now: Google accepts the connection of ${site.gmail?.email}.`]
        : failed('Checked now: the Gmail connection does not work', check.gmail.error)),
    ...(check.smtp === null ? [] : smtpLines(check.smtp)),
    ...(check.writeupp === null ? [] : server(check.writeupp, 'the WriteUpp mail server')),
  ];
}
