/** `doctor --site`: what one site needs, tried now: its record, its pathways, and whether its email arrives. */

import { isUntried, type Probe, type SiteCheck, SiteChecker } from '../checks/check-site.js';
import {
  type DeliveryReport,
  deliveryAttention,
  deliveryLines,
} from '../delivery/delivery-report.js';
import { dnsNote } from '../delivery/dns-note.js';
import { MailError } from '../errors.js';
import { chooseSite } from '../kit/choose-site.js';
import { withSite } from '../kit/with-site.js';
import type { World } from '../kit/world.js';
import { siteView } from '../show/status-facts.js';
import type { Site } from '../sites/site.js';
import { parseSiteName } from '../sites/site-name.js';
import { type Check, type Finding, failed, pass, warn } from './run-check.js';

const RECORD_MS = 10_000;
/** Each request has its own limits, and is repeated if that is safe. */
const LIVE_MS = 90_000;
const DNS_MS = 10_000;

/** The checks of a site. If its record can't be read, those after it are not reported. */
export function siteChecks(world: World, named: string): readonly Check[] {
  const checker = new SiteChecker(world);
  let site: Site | null = null;
  let checked: Promise<SiteCheck> | null = null;
  const live = async (of: Site) => {
    checked ??= checker.check(of);
    return checked;
  };
  const part = (
    name: string,
    waitsFor: string,
    of: (site: Site) => boolean,
    finding: (site: Site, check: SiteCheck) => Finding,
  ): Check => ({
    name,
    waitsFor,
    limitMs: LIVE_MS,
    isDue: () => site !== null && of(site),
    run: async () => (site === null ? null : finding(site, await live(site))),
  });
  return [
    {
      name: 'site-record',
      waitsFor: `the record of ${named}`,
      limitMs: RECORD_MS,
      async run() {
        const name = await chooseSite(world, named, { mayAsk: false });
        return withSite(world, name, async (found) => {
          site = found;
          return recordFinding(world, found);
        });
      },
    },
    part(
      'site-connection',
      'Google, to accept the connection',
      ({ gmail }) => gmail !== null,
      ({ gmail }, check) =>
        probed(check.gmail, () => `Google accepts the connection of ${gmail?.email}.`),
    ),
    part(
      'site-smtp',
      'the SMTP server, to accept the login',
      ({ smtp }) => smtp !== null,
      ({ smtp }, check) => serverFinding(check.smtp, smtp?.host ?? ''),
    ),
    part(
      'site-mail-server',
      'the WriteUpp mail server',
      ({ smtp, gmail }) => smtp === null && gmail === null,
      (_site, check) => serverFinding(check.writeupp, 'The WriteUpp mail server'),
    ),
    {
      name: 'site-delivery',
      waitsFor: 'the DNS of the sender’s domain',
      limitMs: DNS_MS,
      isDue: () => site !== null,
      async run() {
        const report = site === null ? null : await checker.assess(site);
        return report === null ? null : deliveryFinding(report);
      },
    },
  ];
}

/** Everything that needs attention according to the record alone, in one finding. */
async function recordFinding(world: World, site: Site): Promise<Finding> {
  const { name, organisation } = site;
  const { attention } = await siteView(world, site);
  if (attention.length === 0) {
    return pass(
      `The record of ${organisation} (${name}) is whole, and nothing in it needs attention.`,
    );
  }
  return warn(
    attention.map(({ message }) => message).join(' '),
    [...new Set(attention.map(({ hint }) => hint))].join('\n'),
  );
}

function probed<T>(probe: Probe<T> | null, words: (found: T) => string): Finding {
  if (probe === null) return pass('Nothing to try.');
  return probe.ok ? pass(words(probe.found)) : failed(probe.error);
}

function serverFinding(probe: SiteCheck['smtp'], host: string): Finding {
  if (probe?.ok === true && probe.found === 'reached-only') {
    return warn(
      `${host} is there. It was asked for no login, so this does not prove that it takes email.`,
      'Send a message through it to know.',
    );
  }
  // Nothing is wrong with a computer that doesn't know the server or its password: WriteUpp's website sends through it.
  if (probe?.ok === false && isUntried(probe.error)) {
    return warn(probe.error.message, probe.error.hint);
  }
  return probed(probe, () => `${host} accepts the stored login.`);
}

function deliveryFinding(report: DeliveryReport): Finding {
  const attention = deliveryAttention(report);
  if (attention.length === 0) return pass(deliveryLines(report).join(' '));
  return warn(
    attention.map(({ message }) => message).join(' '),
    [...new Set(attention.flatMap(({ hint }) => (hint === '' ? [] : [hint])))].join('\n'),
  );
}

/**
 * `--dns-note`: the note alone, ready to forward.
 *
 * @throws MailError of choosing a site; `invalid-settings` if the DNS is not to be asked, or there is no sender yet
 */
export async function printDnsNote(world: World): Promise<void> {
  const name = await chooseSite(world, world.options.site);
  await withSite(world, parseSiteName(name), async (site) => {
    const stop = world.report.waiting('Reading the DNS (3 seconds at most)');
    const report = await new SiteChecker(world).assess(site);
    stop();
    if (report === null) throw notAsked(world, site);
    const note = dnsNote(report, site.organisation);
    world.report.result({ site: site.name, note }, note === null ? [] : [note.trimEnd()]);
    if (note === null) world.report.note('No record would fix anything, so there is no note.');
  });
}

function notAsked({ issuer, environment }: World, { name }: Site): MailError {
  if (issuer.isStandIn && environment.dnsServer === undefined) {
    return new MailError(
      'invalid-settings',
      'In a rehearsal the DNS is not asked: its domains are made up.',
      'Name a DNS server that knows them: WRITEUPP_MAIL_DNS=127.0.0.1:5300',
    );
  }
  return new MailError(
    'invalid-settings',
    `"${name}" sends by the WriteUpp mail server, so the DNS of a domain of its own plays no part yet.`,
    'Connect a Google account first, or add the address that patients see: writeupp-mail site set --send-as',
  );
}
