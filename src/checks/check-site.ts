/** What `status --check` and `doctor --site` try live for a site, and what they record. */

import { recordAccepted, recordRefused } from '../connection/connection-history.js';
import { type LiveConnection, proveConnection } from '../connection/prove-connection.js';
import type { DeliveryReport } from '../delivery/delivery-report.js';
import { deliveryQuestion } from '../delivery/subject.js';
import { MailError } from '../errors.js';
import type { KeyEnds } from '../google/key-end.js';
import { withRetry } from '../google/retry.js';
import { SharedWait } from '../google/shared-wait.js';
import { bulk } from '../kit/bulk.js';
import type { World } from '../kit/world.js';
import { parseMailServer } from '../mail/smtp/mail-server.js';
import { errorHere } from '../sites/command-here.js';
import { holdIfFree } from '../sites/hold.js';
import { keyOwner } from '../sites/key-owner.js';
import { type SecretReader, smtpPassword } from '../sites/secrets.js';
import { storedKey } from '../sites/service-keys.js';
import { type GmailConnection, pathway, type Site, type SmtpSettings } from '../sites/site.js';
import { expectedAccount } from '../steps/situation.js';
import { commandLine, siteCommand } from '../text/command-line.js';
import { checkSmtp, type SmtpProof } from './check-smtp.js';

/** How long until an unreachable mail server is tried once more, in milliseconds: a blip should wake nobody. */
const AGAIN_MS = [1_000];

export type Probe<T> =
  | { readonly ok: true; readonly found: T }
  | { readonly ok: false; readonly error: MailError };

/** What was tried; null for anything the site does not have. */
export interface SiteCheck {
  readonly gmail: Probe<LiveConnection> | null;
  readonly smtp: Probe<SmtpProof> | null;
  /** Tried only if the pathway is the WriteUpp mail server. */
  readonly writeupp: Probe<SmtpProof> | null;
  /** Why email can't leave by the pathway; null if it can. */
  readonly failure: MailError | null;
}

/** Checks sites: what several share is asked for once, and a rate limit is waited out once. */
export class SiteChecker {
  readonly #shared: World;
  readonly #wait: SharedWait;
  /** By service account. */
  readonly #keyEnds = new Map<string, Promise<KeyEnds | null>>();

  constructor(private readonly world: World) {
    this.#shared = bulk(world);
    this.#wait = new SharedWait({
      now: world.now,
      signal: world.signal,
      onWait: (until) =>
        world.report.note(
          `Google asks to wait. The checks go on at ${until.toISOString().slice(11, 19)} UTC …`,
        ),
    });
  }

  /**
   * Tries everything a site has, and records how its connection fared. What is not on the pathway is tried and reported
   * too, but does not decide: a Gmail connection awaiting the switch may be broken while email still goes out by SMTP.
   *
   * @throws MailError `interrupted` only; every other failure is part of the result
   */
  async check(site: Site): Promise<SiteCheck> {
    const way = pathway(site);
    const { smtp: settings } = site;
    const { can } = await this.#shared.sites();
    const [gmail, smtp, writeupp] = await Promise.all([
      site.gmail === null ? null : this.#probe(() => this.#proveGmail(site)),
      settings === null
        ? null
        : this.#probe(async () => {
            if (settings.user !== null && !can.readPassword) throw passwordKept(site);
            return this.#trySmtp(settings, site);
          }),
      way === 'writeupp' ? this.#probe(() => this.#tryWriteUpp(site)) : null,
    ]);
    if (site.gmail !== null && gmail !== null) {
      await recordProbe(this.world, site.name, site.gmail, gmail);
    }
    const decisive = { gmail, smtp, writeupp }[way];
    return { gmail, smtp, writeupp, failure: decisive?.ok === false ? decisive.error : null };
  }

  /** Will its email arrive? Null if that can't be asked, or if the WriteUpp mail server sends the site's email. */
  async assess(site: Site): Promise<DeliveryReport | null> {
    if (site.gmail === null && site.smtp === null) return null;
    const question = deliveryQuestion(site, expectedAccount(site, null));
    const ask = question === null ? null : await this.#shared.dns();
    return question === null || ask === null ? null : ask(question);
  }

  /**
   * When the service account's key expires; null if it has none or it never expires; undefined if that can't be found
   * out.
   */
  async keyEnd({ gmail }: Site): Promise<string | null | undefined> {
    const owner = keyOwner(gmail);
    const { issuer, signal } = this.#shared;
    if (owner === null || owner.issuer !== issuer.id) return null;
    const [{ keyEndsOf }, { readStoredKey }] = await Promise.all([
      import('../google/key-end.js'),
      import('../google/service-account.js'),
    ]);
    const ends = this.#keyEnds.get(owner.email) ?? keyEndsOf(owner.email, issuer, signal);
    this.#keyEnds.set(owner.email, ends);
    const key = await probe(async () => storedKey(owner, await this.#shared.secrets()));
    const keyId = key.ok && key.found !== null ? readStoredKey(key.found)?.keyId : undefined;
    const known = await ends;
    if (keyId === undefined || known === null) return undefined;
    return known(keyId)?.toISOString() ?? null;
  }

  /**
   * An error here is reported next to the others, and may never be thrown: it must already be explained for this store.
   */
  async #probe<T>(attempt: () => Promise<T>): Promise<Probe<T>> {
    const tried = await probe(attempt);
    return tried.ok ? tried : { ok: false, error: await errorHere(this.#shared, tried.error) };
  }

  async #proveGmail(site: Site): Promise<LiveConnection> {
    for (;;) {
      await this.#wait.pass();
      try {
        return await proveConnection(site, await this.#shared.secrets(), this.#shared);
      } catch (error) {
        const isLimit = error instanceof MailError && error.code === 'rate-limited';
        if (!isLimit || !this.#wait.mayWait(error)) throw error;
      }
    }
  }

  async #trySmtp(smtp: SmtpSettings, site: Site): Promise<SmtpProof> {
    const password = await storedSmtpPassword(site, smtp, () => this.#shared.secrets());
    const { signal } = this.#shared;
    return withRetry(() => checkSmtp(smtp, password, site.name, signal), signal, AGAIN_MS);
  }

  /** Not the error of a send that can't start: nothing was to be sent here. */
  async #tryWriteUpp(site: Site): Promise<SmtpProof> {
    const { environment, signal } = this.#shared;
    const { mailServer } = environment;
    if (mailServer === undefined) throw noMailServer();
    const server = parseMailServer(mailServer);
    return withRetry(() => checkSmtp(server, server.password, site.name, signal), signal, AGAIN_MS);
  }
}

/** Records how the connection fared, if no other run holds the site. */
async function recordProbe(
  world: World,
  name: string,
  connection: GmailConnection,
  probe: Probe<unknown>,
): Promise<void> {
  await holdIfFree(world, name, (held) =>
    probe.ok
      ? recordAccepted(held, connection, world.now())
      : recordRefused(held, connection, probe.error, world.now()),
  );
}

/**
 * The SMTP password of a site; null for a server that asks for none.
 *
 * @throws MailError `invalid-settings` if none is stored; of the store
 */
export async function storedSmtpPassword(
  site: Site,
  { user }: SmtpSettings,
  credentials: () => Promise<SecretReader>,
): Promise<string | null> {
  if (user === null) return null;
  const password =
    site.smtp?.password == null ? null : await smtpPassword(site, await credentials());
  if (password !== null) return password;
  throw new MailError(
    'invalid-settings',
    `No password is stored for the SMTP login of ${user}, so no email can go by SMTP.`,
    `Store it: ${commandLine('site set', site.name, '--smtp-password-stdin')}\n` +
      `Or move to Gmail sign-in: ${siteCommand('migrate', site.name)}`,
  );
}

async function probe<T>(attempt: () => Promise<T>): Promise<Probe<T>> {
  try {
    return { ok: true, found: await attempt() };
  } catch (error) {
    if (error instanceof MailError && error.code !== 'interrupted') return { ok: false, error };
    throw error;
  }
}

/** Whether a failure says nothing about the site, because what it concerns can't be tried from here. */
export function isUntried({ code }: MailError): boolean {
  return code === 'no-mail-server' || code === 'usage';
}

/** With the code that `send` uses for the same. */
function passwordKept({ name }: Site): MailError {
  return new MailError(
    'usage',
    'SMTP was not tried: WriteUpp keeps the password, so it is not known here whether email of this site can leave.',
    'If only WriteUpp sends this site’s email, nothing has to be checked here.\n' +
      `Gmail sign-in can be checked. To move to it: ${siteCommand('migrate', name)}`,
  );
}

function noMailServer(): MailError {
  return new MailError(
    'no-mail-server',
    'Email of this site goes by the WriteUpp mail server, and this computer does not know its address, so it can’t be checked.',
    'If only WriteUpp’s website sends this site’s email, nothing has to be checked here.\n' +
      'Otherwise set WRITEUPP_MAIL_SERVER to the address that WriteUpp support gives you.',
  );
}
