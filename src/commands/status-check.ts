/** `status --check`: tries, now, every way in which a site's email could leave. Made for a nightly job. */

import { forEachSite } from '../command-kit/each-site.js';
import { googleDeps, reading } from '../command-kit/on-site.js';
import { recordAccepted, recordRefused } from '../connection/connection-history.js';
import { proveConnection } from '../connection/prove-connection.js';
import type { Context } from '../context/context.js';
import { deliveryQuestion } from '../delivery/question.js';
import { type DeliveryReport, deliveryAttention, deliveryFacts } from '../delivery/report.js';
import { MailError } from '../errors.js';
import { expectedAccount } from '../migration/situation.js';
import {
  type CheckPorts,
  checkSite,
  type Probe,
  type SiteCheck,
  storedSmtpPassword,
} from '../outbound/check-site.js';
import { checkSmtp, type SmtpProof } from '../outbound/check-smtp.js';
import { parseMailServer } from '../outbound/mail-server.js';
import { holdIfFree } from '../sites/hold.js';
import type { GmailConnection, Site } from '../sites/site.js';
import { viewSite } from '../sites/site-view.js';
import { statusLines } from '../terminal/status-view.js';
import { SIGN } from '../terminal/style.js';

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
    checkSite(site, portsFor(context)),
    assess(context, site),
  ]);
  stop();
  if (site.gmail !== null && check.gmail !== null) {
    await record(context, site.name, site.gmail, check.gmail);
  }
  const stored = viewSite(site, context.issuer.id, context.now());
  const arrival = delivery === null ? [] : deliveryAttention(delivery);
  const view = { ...stored, attention: [...stored.attention, ...arrival] };
  const facts = { ...checkFacts(check), delivery: delivery && deliveryFacts(delivery) };
  // A script gets one line a site: the error that follows. A person sees the whole view as well.
  if (check.failure === null || context.options.json !== true) {
    context.reporter.resultOfOne({ ...view, checks: facts }, [
      ...statusLines(view, context.style, [
        ...checkLines(context, site, check),
        ...arrivalLines(context, delivery),
      ]),
      '',
    ]);
  }
  if (check.failure !== null) throw check.failure;
}

/** Will it arrive? Null where it can't be asked, or where email of the site is the WriteUpp mail server's. */
async function assess(context: Context, site: Site): Promise<DeliveryReport | null> {
  if (site.gmail === null && site.smtp === null) return null;
  const question = deliveryQuestion(site, expectedAccount(site, null));
  const ask = question === null ? null : await context.delivery();
  return question === null || ask === null ? null : ask(question);
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

function portsFor(context: Context): CheckPorts {
  return {
    proveGmail: async (site) => {
      const deps = { ...(await googleDeps(context)), credentials: await context.credentials() };
      return proveConnection(site, deps);
    },
    trySmtp: async (smtp, site) => {
      const password = await storedSmtpPassword(site, smtp, () => context.credentials());
      return checkSmtp(smtp, password, site.name, context.signal);
    },
    tryWriteupp: (site) => checkWriteUppServer(context, site),
  };
}

/** Keeps on record how the connection fared, where no other run holds the site. */
async function record(
  context: Context,
  name: string,
  connection: GmailConnection,
  probe: Probe<unknown>,
): Promise<void> {
  const ports = {
    store: await context.sites(),
    openCredentials: () => context.credentials(),
    command: 'status --check',
  };
  await holdIfFree(name, ports, (held) =>
    probe.ok
      ? recordAccepted(held, connection, context.now())
      : recordRefused(held, connection, probe.error, context.now()),
  );
}

/** The words of a send that can't begin are for a check that can't: nothing was to be sent. */
async function checkWriteUppServer(
  { environment, signal }: Context,
  site: Site,
): Promise<SmtpProof> {
  const { mailServer } = environment;
  if (mailServer !== undefined) {
    const server = parseMailServer(mailServer);
    return checkSmtp(server, server.password, site.name, signal);
  }
  throw new MailError(
    'no-mail-server',
    'Email of this site goes by the WriteUpp mail server, and this computer is not told its address, so it can’t be checked.',
    'If only WriteUpp’s website sends this site’s email, nothing has to be checked here.\n' +
      'Otherwise set WRITEUPP_MAIL_SERVER to the address that WriteUpp support gives you.',
  );
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
