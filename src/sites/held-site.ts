/**
 * The one door to a site's record and secrets: whoever holds a site changes it by these verbs, and by nothing else.
 *
 * Each change of the record or of a secret first makes sure that this run still holds the site. The record says which
 * store may hold secrets before the first is stored, so that a killed run leaves nothing that the next can't find.
 */

import { SLOTS, type Slot } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import { interrupted, MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import { type HistoryPorts, tell, whatHappened } from './history.js';
import type { SecretReader } from './secrets.js';
import {
  accountedSlots,
  otherTurn,
  passwordSlot,
  requireSameStore,
  sealed,
  tokenSlot,
  unsealed,
} from './secrets.js';
import { forgetUnusedKey, type KeyOwner, keepKey, keyOwner } from './service-keys.js';
import type {
  DelegatedConnection,
  GmailConnection,
  OAuthConnection,
  Site,
  TestMessage,
} from './site.js';
import { siteKey } from './site-name.js';
import { accountKey, type SiteClaim, type SiteStore } from './site-store.js';
import type { PersonsWord, Warrant } from './warrant.js';

/** How long a warrant counts, in milliseconds: it is issued right before its use. */
const WARRANT_LIFE_MS = 60_000;

/** A checked sign-in, ready to be kept. */
export type NewConnection = Omit<OAuthConnection, 'id' | 'tokenSlot'>;

/** A delegation that Google accepted, ready to be kept. */
export type NewDelegation = Omit<DelegatedConnection, 'id'>;

/** What a site is held with. */
export interface Holding {
  readonly store: SiteStore;
  readonly claim: SiteClaim;
  /** How this run waits for another one, also for a Google account. */
  readonly lock: LockOptions;
  readonly openCredentials: () => Promise<CredentialStore>;
  readonly onUntold?: HistoryPorts['onUntold'];
}

/** A site that this run alone may change. */
export class HeldSite {
  readonly #holding: Holding;
  #site: Site;
  /** A write that failed may have been kept all the same. */
  #isUnsure = false;
  #credentials: Promise<CredentialStore> | null = null;
  /** What this run knows of the slots: filled by the record or by itself, or empty since it cleared them. */
  readonly #known = new Map<Slot, 'filled' | 'empty'>();

  constructor(holding: Holding, site: Site) {
    this.#holding = holding;
    this.#site = site;
    for (const slot of accountedSlots(site)) {
      // Kept where that was possible: it may be missing.
      if (slot !== 'google-access-token') this.#known.set(slot, 'filled');
    }
  }

  /** The record as it was last read or written. */
  get site(): Site {
    return this.#site;
  }

  /** The claim that this run holds the site by. */
  get claimId(): string {
    return this.#holding.claim.id;
  }

  /** Reads the record again. @throws MailError `storage`, `no-such-site` */
  async reread(): Promise<Site> {
    const site = await this.#holding.claim.read();
    if (site === null) throw vanished(this.#site.name);
    this.#site = site;
    this.#isUnsure = false;
    return site;
  }

  /**
   * The store of this site's secrets, for reading; opened once, and cleared then of what a killed run left behind.
   *
   * @throws MailError `invalid-settings` where the site's secrets are in another store; of the credential store
   */
  async credentials(): Promise<SecretReader> {
    return this.#writer();
  }

  /**
   * Proves that the credential store works now, before anyone is sent anywhere.
   * @throws as `credentials`
   */
  async proveCredentials(): Promise<void> {
    await (await this.#writer()).prove();
  }

  /**
   * Keeps a new connection: its token is stored in the place that is free, read back, proven with what was read, and
   * only then is the connection put on record and the old token forgotten. While that happens, no other run revokes
   * or connects this Google account.
   *
   * @param prove uses the token that was read back; what it gives is given
   * @throws MailError of the stores, and what `prove` throws: the old connection is then as it was
   */
  async connect<T>(
    fresh: NewConnection,
    refreshToken: string,
    prove: (token: string, connection: OAuthConnection) => Promise<T>,
  ): Promise<T> {
    const credentials = await this.#writer();
    const { gmail: former } = this.#site;
    const turn = otherTurn(former?.method === 'oauth' ? former.tokenSlot : undefined);
    const connection: OAuthConnection = { ...fresh, id: crypto.randomUUID(), tokenSlot: turn };
    try {
      await this.#store(tokenSlot(turn), connection.id, refreshToken);
      return await this.#withAccount(fresh, async () => {
        const content = await credentials.get(this.#key, tokenSlot(turn));
        const readBack = unsealed(content, connection.id);
        if (readBack === null) throw notReadBack(credentials.description);
        const proven = await prove(readBack, connection);
        await this.#write({ ...this.#site, gmail: connection, doneInWriteUpp: null });
        return proven;
      });
    } finally {
      // A token that is not accounted for now is cleared here or by the next command; what is on record stands.
      await this.#tidy().catch(() => undefined);
      await this.#forgetFormerKey(former).catch(() => undefined);
    }
  }

  /**
   * Keeps a connection by delegation, which Google has just accepted: the service account's key first, once for all
   * sites that use it, then the record.
   *
   * @param key null for the keyless way
   * @throws MailError of the stores: the old connection is then as it was
   */
  async connectByDelegation(
    fresh: NewDelegation,
    key: string | null,
  ): Promise<DelegatedConnection> {
    const credentials = await this.#writer();
    const { gmail: former } = this.#site;
    const connection: DelegatedConnection = { ...fresh, id: crypto.randomUUID() };
    const owner = keyOwner(connection);
    if (owner !== null && key !== null) {
      await this.#holding.claim.assertHeld();
      await keepKey(owner, key, credentials);
    }
    const mayHoldSecrets = this.#site.credentials ?? credentials.kind;
    await this.#write({
      ...this.#site,
      gmail: connection,
      credentials: mayHoldSecrets,
      doneInWriteUpp: null,
    });
    if (former !== null) {
      await this.#tidy().catch(() => undefined);
      await this.#forgetFormerKey(former).catch(() => undefined);
    }
    return connection;
  }

  /** Keeps on record that Gmail accepted a test message. @throws MailError `storage`, `site-busy` */
  async recordTest(connection: GmailConnection, test: TestMessage): Promise<void> {
    await this.amend(connection, { test, usedAt: test.acceptedAt });
  }

  /** Keeps on record what a person said of the last test message. @throws as `recordTest` */
  async recordArrival(arrival: 'confirmed' | 'denied', senderSeen: boolean): Promise<void> {
    const { gmail } = this.#site;
    if (gmail?.test == null) return;
    await this.amend(gmail, { test: { ...gmail.test, arrival, senderSeen } });
  }

  /** Keeps on record how a connection fared, if it is still the one on record. @throws as `recordTest` */
  async amend(
    { id }: Pick<GmailConnection, 'id'>,
    change: Partial<Pick<GmailConnection, 'test' | 'usedAt' | 'refusals'>>,
  ): Promise<void> {
    const { gmail } = this.#site;
    if (gmail?.id !== id) return;
    await this.#write({ ...this.#site, gmail: { ...gmail, ...change } });
  }

  /** Keeps an access token for its hour, if its connection is still the one on record. @throws of the stores */
  async keepAccessToken({ id }: GmailConnection, content: string): Promise<void> {
    if (this.#site.gmail?.id === id) await this.#store('google-access-token', id, content);
  }

  /**
   * Deletes the SMTP settings: the record first, since it decides the pathway, then the password.
   *
   * @param authority a proof made under this very claim for the connection on record, or the word of a person
   * @throws MailError `internal` for a proof that does not fit: nothing is deleted then; `storage`, `site-busy`;
   *   of the credential store: the settings are gone then, and the next command clears the password
   */
  async revertSmtp(authority: Warrant | PersonsWord, now: Date): Promise<void> {
    const site = await this.reread();
    if (site.smtp === null) return;
    if (authority.kind === 'proven') this.#requireFitting(authority, now);
    this.#requireNotStopped();
    await this.#write({ ...site, smtp: null, smtpRevertedAt: now.toISOString() }, authority);
    await this.#tidy();
  }

  /**
   * Forgets the Gmail connection. While that happens, no other run connects this Google account.
   *
   * @param endGrant what to do at Google before the token is forgotten: without the token it could not be repeated
   * @throws MailError of the stores; what `endGrant` throws: nothing was forgotten then
   */
  async disconnect<T>(endGrant: (connection: GmailConnection) => Promise<T>): Promise<T | null> {
    const { gmail } = this.#site;
    if (gmail === null) return null;
    this.#requireNotStopped();
    const owner = keyOwner(gmail);
    return this.#withAccount(gmail, async () => {
      const outcome = await endGrant(gmail);
      // Before the record: a key that no record names would never be found again.
      if (owner !== null) await this.#forgetKey(owner);
      await this.#write({ ...this.#site, gmail: null });
      await this.#tidy();
      return outcome;
    });
  }

  /**
   * Changes the settings of a site. A password is stored in the place that is free before the record names it, so
   * that a site which sends by SMTP can send at every moment.
   *
   * @param password null leaves it as it is
   * @throws MailError of the stores
   */
  async change(next: Site, password: string | null): Promise<void> {
    if (password === null || next.smtp === null) {
      const isDropped = this.#site.smtp?.password != null && next.smtp?.password == null;
      await this.#write({ ...next, credentials: this.#site.credentials });
      if (isDropped) await this.#tidy();
      return;
    }
    await this.#writer();
    const reference = { slot: otherTurn(this.#site.smtp?.password?.slot), id: crypto.randomUUID() };
    await this.#store(passwordSlot(reference.slot), reference.id, password);
    const { credentials } = this.#site;
    await this.#write({ ...next, credentials, smtp: { ...next.smtp, password: reference } });
    await this.#tidy().catch(() => undefined);
  }

  /** Keeps on record that the switch was made in WriteUpp itself as well. @throws MailError `storage`, `site-busy` */
  async markDoneInWriteUpp(now: Date): Promise<void> {
    await this.#write({ ...this.#site, doneInWriteUpp: now.toISOString() });
  }

  /**
   * Forgets the site: the secrets first and the record last, so that no secret is ever left without a record.
   *
   * @throws MailError of the stores
   */
  async remove(): Promise<void> {
    this.#requireNotStopped();
    if (this.#site.credentials !== null) await this.#clear(await this.#writer(), new Set());
    const owner = keyOwner(this.#site.gmail);
    if (owner !== null) await this.#forgetKey(owner);
    await this.#holding.claim.assertHeld();
    await this.#holding.claim.remove();
    await tell(this.#holding, this.#site.name, whatHappened(this.#site, null));
  }

  /** Clears what a killed run left behind, where a command changes nothing else. @throws as `credentials` */
  async tidy(): Promise<void> {
    if (this.#site.credentials !== null) await this.#writer();
  }

  get #key(): string {
    return siteKey(this.#site.name);
  }

  #writer(): Promise<CredentialStore> {
    this.#credentials ??= this.#open();
    return this.#credentials;
  }

  async #open(): Promise<CredentialStore> {
    const credentials = await this.#holding.openCredentials();
    requireSameStore(this.#site, credentials);
    // Also where the record says that there is none: a run that was overtaken may have stored one since.
    await this.#clear(credentials, accountedSlots(this.#site));
    await this.#forgetStoreIfEmpty();
    return credentials;
  }

  /** Stores a secret; the record says before it which store may hold one. */
  async #store(slot: Slot, id: string, secret: string): Promise<void> {
    const credentials = await this.#writer();
    if (this.#site.credentials === null) {
      await this.#write({ ...this.#site, credentials: credentials.kind });
    }
    await this.#holding.claim.assertHeld();
    this.#known.delete(slot);
    await credentials.set(this.#key, slot, sealed(id, secret));
    this.#known.set(slot, 'filled');
  }

  /** Changes the record, then tells the history: a deed is never lost or late because of its line. */
  async #write(site: Site, authority?: Warrant | PersonsWord): Promise<void> {
    await this.#holding.claim.assertHeld();
    this.#isUnsure = true;
    await this.#holding.claim.write(site);
    const before = this.#site;
    this.#site = site;
    this.#isUnsure = false;
    await tell(this.#holding, site.name, whatHappened(before, site, authority));
  }

  /** Deletes every secret that the record does not account for. */
  async #tidy(): Promise<void> {
    if (this.#isUnsure) await this.reread();
    if (this.#site.credentials === null) return;
    await this.#clear(await this.#writer(), accountedSlots(this.#site));
    await this.#forgetStoreIfEmpty();
  }

  async #forgetStoreIfEmpty(): Promise<void> {
    if (this.#site.credentials !== null && accountedSlots(this.#site).size === 0)
      await this.#write({ ...this.#site, credentials: null });
  }

  async #clear(credentials: CredentialStore, accounted: ReadonlySet<Slot>): Promise<void> {
    for (const slot of SLOTS) {
      if (accounted.has(slot) || this.#known.get(slot) === 'empty') continue;
      await this.#holding.claim.assertHeld();
      const isGone = await credentials.delete(this.#key, slot);
      if (!isGone && this.#known.get(slot) === 'filled') {
        // What must be there and is not: a keychain that was locked just now says that as well.
        await credentials.prove();
        await this.#holding.claim.assertHeld();
        await credentials.delete(this.#key, slot);
      }
      this.#known.set(slot, 'empty');
    }
  }

  async #forgetFormerKey(former: GmailConnection | null): Promise<void> {
    const owner = keyOwner(former);
    const now = keyOwner(this.#site.gmail);
    if (owner !== null && owner.email !== now?.email) await this.#forgetKey(owner);
  }

  /** Forgets a service account's key, unless another site uses it. */
  async #forgetKey(owner: KeyOwner): Promise<void> {
    const { store, claim } = this.#holding;
    await claim.assertHeld();
    await forgetUnusedKey(owner, store, this.#site.name, await this.#writer());
  }

  /** After Ctrl-C, or a signal that asks to end, nothing starts that can't be undone. */
  #requireNotStopped(): void {
    if (this.#holding.lock.signal.aborted) throw interrupted();
  }

  async #withAccount<T>(
    account: Pick<OAuthConnection, 'issuer' | 'subject'> | GmailConnection,
    work: () => Promise<T>,
  ): Promise<T> {
    const { store, lock } = this.#holding;
    // A delegation is nobody's sign-in: nothing is revoked with it.
    if (!('subject' in account)) return work();
    const claim = await store.claimAccount(accountKey(account), lock);
    try {
      return await work();
    } finally {
      await claim.release();
    }
  }

  #requireFitting({ connectionId, claimId, issuedAt }: Warrant, now: Date): void {
    const isFitting =
      this.#site.gmail?.id === connectionId &&
      claimId === this.claimId &&
      Math.abs(now.getTime() - issuedAt) < WARRANT_LIFE_MS;
    if (isFitting) return;
    throw new MailError(
      'internal',
      'The proof that Gmail works is of another connection than the one on record, so nothing was removed.',
      'Run the command again: it makes the proof anew.',
    );
  }
}

function vanished(name: string): MailError {
  return new MailError(
    'no-such-site',
    `The record of "${name}" is gone: it was removed while this command ran.`,
    'Add it with: writeupp-mail site add',
  );
}

function notReadBack(where: string): MailError {
  return new MailError(
    'storage',
    `The permission was stored in ${where}, and reading it back gave something else.`,
    'Run the command again.',
  );
}
