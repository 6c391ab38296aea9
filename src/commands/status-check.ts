/** `status --check`: tries, now, every way in which a site's email could leave. Made for a nightly job. */

import { performance } from 'node:perf_hooks';
import { type Outcome, tellFailures, throughSites } from '../command-kit/each-site.js';
import { reading } from '../command-kit/reading.js';
import type { Context } from '../context/context.js';
import { type DeliveryReport, deliveryAttention, deliveryFacts } from '../delivery/report.js';
import { MailError } from '../errors.js';
import type { SiteFound } from '../many/fleet.js';
import { type Changes, changesOf, type FleetMemory } from '../many/fleet-memory.js';
import { type CheckPorts, checkSite, type Probe, type SiteCheck } from '../outbound/check-site.js';
import { expectedEnd } from '../sites/attention.js';
import type { Site } from '../sites/site.js';
import { type SiteView, viewSite } from '../sites/site-view.js';
import { statusLines } from '../terminal/status-view.js';
import { SIGN } from '../terminal/style.js';
import { assessSite, checkPorts, recordProbe } from './live-check.js';

/**
 * How many sites are tried at a time. A refresh counts in no quota of Gmail, and takes a quarter of a second: so many
 * stay far below what Google's token service takes from one project.
 */
const AT_ONCE = 6;

/** A check of many sites. */
export interface FleetCheck {
  /** What was found when the news were last told; absent where all is told. */
  readonly since?: FleetMemory | null;
  /** Done with what was found, before the failures are told. @throws MailError, which is told with them */
  finish(found: readonly SiteFound[], tookMs: number): Promise<void>;
}

/**
 * Checks sites side by side: one result for each whose email can leave, then one error for each other.
 *
 * @param fleet null where it is about one site
 * @throws MailError the most pressing failure, which decides the exit code
 */
export async function checkStatus(
  context: Context,
  names: readonly string[],
  fleet: FleetCheck | null = null,
): Promise<void> {
  const started = performance.now();
  const since = fleet?.since;
  const ports = checkPorts(context);
  const found = new Map<string, SiteFound>();
  const stop = waiting(context, names, since !== undefined);
  const failures = await throughSites(
    names,
    async (name) => {
      const { outcome, site } = await checkOne(context, name, ports, since);
      found.set(name, site);
      return outcome;
    },
    AT_ONCE,
  );
  stop();
  const inOrder = names.flatMap((name) => found.get(name) ?? []);
  const failed = await finishing(fleet, inOrder, performance.now() - started);
  tellFailures(context, failed === null ? failures : [...failures, failed]);
}

/** What is kept and measured can fail as well, and must hide no site's failure. */
async function finishing(
  fleet: FleetCheck | null,
  found: readonly SiteFound[],
  tookMs: number,
): Promise<MailError | null> {
  try {
    await fleet?.finish(found, tookMs);
    return null;
  } catch (error) {
    if (error instanceof MailError) return error;
    throw error;
  }
}

/** A night job's mail is about what is new, and not about what was waited for. */
function waiting(context: Context, names: readonly string[], onlyNews: boolean): () => void {
  if (onlyNews && context.streams.stderr.isTTY !== true) return () => undefined;
  const what = names.length === 1 ? names[0] : `${names.length} sites`;
  return context.reporter.waiting(`Checking ${what}`);
}

/** @param since tells only what is new; undefined to tell all */
async function checkOne(
  context: Context,
  name: string,
  ports: CheckPorts,
  since: FleetMemory | null | undefined,
): Promise<{ readonly outcome: Outcome; readonly site: SiteFound }> {
  let tried: Tried | null = null;
  const error = await failureOf(() =>
    reading(context, name, async (site) => {
      tried = await tryOne(context, site, ports);
      if (tried.check.failure !== null) throw tried.check.failure;
    }),
  );
  // Assigned in a function, which the compiler does not see.
  const seen = tried as Tried | null;
  const site: SiteFound = {
    name,
    pathway: seen?.view.pathway ?? null,
    failure: error?.code ?? null,
    attention: seen?.view.attention.map(({ code }) => code) ?? [],
    expectedEnd: seen?.expectedEnd ?? null,
  };
  const changes = since === undefined ? undefined : changesOf(site, since);
  const isNews = changes !== null;
  const isNewFailure = error !== null && (changes?.new.includes(error.code) ?? isNews);
  // A script gets one line a site: the error that follows. A person sees the whole view as well.
  const isShown = isNews && seen !== null && (!isNewFailure || context.options.json !== true);
  const outcome = {
    tell: isShown && seen !== null ? () => show(context, seen, changes ?? undefined) : null,
    failure: isNewFailure ? error : null,
  };
  return { outcome, site };
}

async function failureOf(work: () => Promise<void>): Promise<MailError | null> {
  try {
    await work();
    return null;
  } catch (error) {
    if (error instanceof MailError && error.code !== 'interrupted') return error;
    throw error;
  }
}

/** What a site showed. */
interface Tried {
  readonly site: Site;
  readonly check: SiteCheck;
  readonly delivery: DeliveryReport | null;
  readonly view: Omit<SiteView, 'attention'> & {
    readonly attention: readonly { code: string; message: string; hint: string }[];
  };
  readonly expectedEnd: Date | null;
}

async function tryOne(context: Context, site: Site, ports: CheckPorts): Promise<Tried> {
  const [check, delivery] = await Promise.all([checkSite(site, ports), assessSite(context, site)]);
  const { gmail } = site;
  if (gmail !== null && check.gmail !== null) {
    await recordProbe(context, site.name, 'status --check', gmail, check.gmail);
  }
  // As it is now on record: what was just found needs attention now, and not from the next check on.
  const known = gmail === null ? site : ((await (await context.sites()).read(site.name)) ?? site);
  const stored = viewSite(known, context.issuer.id, context.now());
  const arrival = delivery === null ? [] : deliveryAttention(delivery);
  return {
    ...{ site, check, delivery },
    view: { ...stored, attention: [...stored.attention, ...arrival] },
    expectedEnd: known.gmail === null ? null : expectedEnd(known.gmail),
  };
}

function show(
  context: Context,
  { site, check, delivery, view }: Tried,
  changes: Changes | undefined,
): void {
  const facts = { ...checkFacts(check), delivery: delivery && deliveryFacts(delivery) };
  context.reporter.item(
    'result',
    { ok: check.failure === null, ...view, checks: facts, ...(changes && { changes }) },
    [
      ...statusLines(view as SiteView, context.style, [
        ...checkLines(context, site, check),
        ...arrivalLines(context, delivery),
      ]),
      ...(changes === undefined ? [] : changeLines(changes)),
      '',
    ],
  );
}

function changeLines({ new: fresh, gone }: Changes): string[] {
  return [
    ...(fresh.length === 0 ? [] : [`  New since the last time: ${fresh.join(', ')}`]),
    ...(gone.length === 0 ? [] : [`  Mended since the last time: ${gone.join(', ')}`]),
  ];
}

/** What needs attention stands in the view already. */
function arrivalLines({ style }: Context, delivery: DeliveryReport | null): string[] {
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

/** What scripts read of the tries: never a token or a password. */
function checkFacts({ gmail, smtp, writeupp }: SiteCheck): Record<string, unknown> {
  return {
    gmail: gmail && probeFacts(gmail, () => ({})),
    smtp: smtp && probeFacts(smtp, (proof) => ({ proof })),
    writeupp: writeupp && probeFacts(writeupp, (proof) => ({ proof })),
  };
}

function probeFacts<T>(
  probe: Probe<T>,
  facts: (found: T) => Record<string, unknown>,
): Record<string, unknown> {
  if (probe.ok) return { ok: true, ...facts(probe.found) };
  const { code, message, hint, exitCode, details } = probe.error;
  return { ok: false, code, message, hint, exitCode, ...details };
}

function checkLines(context: Context, site: Site, check: SiteCheck): string[] {
  const { good, warning, bad } = context.style;
  const failed = (what: string, error: MailError) =>
    error === check.failure
      ? // The error itself follows, with what to do.
        [`${warning(SIGN.warning)} ${what}`]
      : [`${bad(SIGN.bad)} ${what}: ${error.message}`];
  const server = (probe: Probe<string>, host: string) => {
    if (!probe.ok) return failed(`Checked now: email can’t leave by ${host}`, probe.error);
    return probe.found === 'log-in-accepted'
      ? [`${good(SIGN.good)} Checked now: ${host} accepts the stored log in.`]
      : [
          `${warning(SIGN.warning)} Checked now: ${host} is there. It was asked for no log in, so this does not prove that it takes email.`,
        ];
  };
  return [
    ...(check.gmail === null
      ? []
      : check.gmail.ok
        ? [`${good(SIGN.good)} Checked now: Google accepts the connection of ${site.gmail?.email}.`]
        : failed('Checked now: the Gmail connection does not work', check.gmail.error)),
    ...(check.smtp === null ? [] : server(check.smtp, site.smtp?.host ?? '')),
    ...(check.writeupp === null ? [] : server(check.writeupp, 'the WriteUpp mail server')),
  ];
}
