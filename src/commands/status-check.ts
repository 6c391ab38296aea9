/** `status --check`: tries, now, every way in which a site's email could leave. Made for a nightly job. */

import { forEachSite } from '../command-kit/each-site.js';
import { reading } from '../command-kit/on-site.js';
import type { Context } from '../context/context.js';
import { type DeliveryReport, deliveryAttention, deliveryFacts } from '../delivery/report.js';
import type { MailError } from '../errors.js';
import { checkSite, type Probe, type SiteCheck } from '../outbound/check-site.js';
import type { Site } from '../sites/site.js';
import { viewSite } from '../sites/site-view.js';
import { statusLines } from '../terminal/status-view.js';
import { SIGN } from '../terminal/style.js';
import { assessSite, checkPorts, recordProbe } from './live-check.js';

/**
 * Checks sites one after the other: one result for each whose email can leave, then one error for each other.
 *
 * @throws MailError the most pressing failure, which decides the exit code
 */
export async function checkStatus(context: Context, names: readonly string[]): Promise<void> {
  await forEachSite(context, names, (name) =>
    reading(context, name, (site) => checkOne(context, site)),
  );
}

async function checkOne(context: Context, site: Site): Promise<void> {
  const stop = context.reporter.waiting(`Checking ${site.name}`);
  const [check, delivery] = await Promise.all([
    checkSite(site, checkPorts(context)),
    assessSite(context, site),
  ]);
  stop();
  if (site.gmail !== null && check.gmail !== null) {
    await recordProbe(context, site.name, 'status --check', site.gmail, check.gmail);
  }
  const stored = viewSite(site, context.issuer.id, context.now());
  const arrival = delivery === null ? [] : deliveryAttention(delivery);
  const view = { ...stored, attention: [...stored.attention, ...arrival] };
  const facts = { ...checkFacts(check), delivery: delivery && deliveryFacts(delivery) };
  // A script gets one line a site: the error that follows. A person sees the whole view as well.
  if (check.failure === null || context.options.json !== true) {
    context.reporter.item('result', { ok: true, ...view, checks: facts }, [
      ...statusLines(view, context.style, [
        ...checkLines(context, site, check),
        ...arrivalLines(context, delivery),
      ]),
      '',
    ]);
  }
  if (check.failure !== null) throw check.failure;
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
