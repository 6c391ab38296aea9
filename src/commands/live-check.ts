/** What `status --check` and `doctor --site` try of a site, and keep on record of it. */

import { googleDeps } from '../command-kit/on-site.js';
import { recordAccepted, recordRefused } from '../connection/connection-history.js';
import { type ConnectionDeps, proveConnection } from '../connection/prove-connection.js';
import type { Context } from '../context/context.js';
import { forManySites } from '../credentials/for-many-sites.js';
import { deliveryQuestion } from '../delivery/question.js';
import type { DeliveryReport } from '../delivery/report.js';
import { MailError } from '../errors.js';
import { expectedAccount } from '../migration/situation.js';
import { type CheckPorts, type Probe, storedSmtpPassword } from '../outbound/check-site.js';
import { checkSmtp, type SmtpProof } from '../outbound/check-smtp.js';
import { parseMailServer } from '../outbound/mail-server.js';
import { SharedWait } from '../pace/shared-wait.js';
import { holdIfFree } from '../sites/hold.js';
import type { GmailConnection, Site } from '../sites/site.js';

/**
 * The tries themselves; what is the same for several sites is asked for once, and where Google limits the rate, all of
 * them wait for it once.
 */
export function checkPorts(context: Context): CheckPorts {
  let deps: Promise<ConnectionDeps> | null = null;
  const wait = new SharedWait({
    now: context.now,
    signal: context.signal,
    onWait: (until) =>
      context.reporter.note(
        `Google asks to wait. The checks go on at ${until.toISOString().slice(11, 19)} UTC …`,
      ),
  });
  return {
    proveGmail: async (site) => {
      deps ??= depsFor(context);
      for (;;) {
        await wait.pass();
        try {
          return await proveConnection(site, await deps);
        } catch (error) {
          const isLimit = error instanceof MailError && error.code === 'rate-limited';
          if (!isLimit || !wait.mayWait(error)) throw error;
        }
      }
    },
    trySmtp: async (smtp, site) => {
      const password = await storedSmtpPassword(site, smtp, () => context.credentials());
      return checkSmtp(smtp, password, site.name, context.signal);
    },
    tryWriteupp: (site) => checkWriteUppServer(context, site),
  };
}

async function depsFor(context: Context): Promise<ConnectionDeps> {
  const [google, credentials] = [await googleDeps(context, true), await context.credentials()];
  return { ...google, credentials: forManySites(credentials) };
}

/** Keeps on record how the connection fared, where no other run holds the site. */
export async function recordProbe(
  context: Context,
  name: string,
  command: string,
  connection: GmailConnection,
  probe: Probe<unknown>,
): Promise<void> {
  const ports = {
    store: await context.sites(),
    openCredentials: () => context.credentials(),
    command,
  };
  await holdIfFree(name, ports, (held) =>
    probe.ok
      ? recordAccepted(held, connection, context.now())
      : recordRefused(held, connection, probe.error, context.now()),
  );
}

/** Will it arrive? Null where it can't be asked, or where email of the site is the WriteUpp mail server's. */
export async function assessSite(context: Context, site: Site): Promise<DeliveryReport | null> {
  if (site.gmail === null && site.smtp === null) return null;
  const question = deliveryQuestion(site, expectedAccount(site, null));
  const ask = question === null ? null : await context.delivery();
  return question === null || ask === null ? null : ask(question);
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
