/**
 * The one door to a site's record and secrets: a run that holds a site changes it through these methods, and in no
 * other way.
 *
 * Each change of the record or of a secret first makes sure that this run still holds the site. The record says which
 * store may hold secrets before the first is stored, so that a killed run leaves nothing that the next can't find.
 */

import type { CredentialStore } from '../credentials/credential-store.js';
import { interrupted, MailError } from '../errors.js';
import type { LockOptions } from '../storage/lock.js';
import { kindOf } from './connection-kind.js';
import { HeldRecord } from './held-record.js';
import { HeldSecrets } from './held-secrets.js';
import { keyOwner } from './key-owner.js';
import { otherTurn, passwordSlot, type SecretReader, tokenSlot, unsealed } from './secrets.js';
import type {
  DelegatedConnection,
  GmailConnection,
  OAuthConnection,
  Site,
  TestMessage,
} from './site.js';
import type { OnUnwritten } from './site-history.js';
import type { SiteClaim, SiteStore } from './site-store.js';
import type { PersonsWord, Warrant } from './warrant.js';

/** A checked sign-in, ready to be kept. */
export type NewConnection = Omit<OAuthConnection, 'id' | 'tokenSlot'>;

/** A delegation that Google accepted, ready to be kept. */
export type NewDelegation = Omit<DelegatedConnection, 'id'>;

/** What a site is held with. */
export interface Holding {
  readonly store: SiteStore;
  readonly claim: SiteClaim;
  /** How this run waits for another one, including for a Google account. */
  readonly lock: LockOptions;
  readonly openCredentials: () => Promise<CredentialStore>;
  readonly onUnwritten?: OnUnwritten | undefined;
}

/** A site that this run alone may change. */
export class HeldSite {
  readonly #holding: Holding;
  readonly #record: HeldRecord;
  readonly #secrets: HeldSecrets;

  constructor(holding: Holding, site: Site) {
    this.#holding = holding;
    this.#record = new HeldRecord(holding, site);
    this.#secrets = new HeldSecrets(this.#record, holding);
  }

  /** The record as it was last read or written. */
  get site(): Site {
    return this.#record.site;
  }

  /** The id of the claim by which this run holds the site. */
  get claimId(): string {
    return this.#holding.claim.id;
  }

  /** Reads the record again. @throws MailError `storage`, `no-such-site` */
  async reread(): Promise<Site> {
    return this.#record.reread();
  }

  /**
   * The store of this site's secrets, for reading; opened once, and then cleared of what a killed run left behind.
   *
   * @throws MailError `invalid-settings` if the site's secrets are in another store; errors of the credential store
   */
  async credentials(): Promise<SecretReader> {
    return this.#secrets.credentials();
  }

  /**
   * Proves that the credential store works now, before anyone is sent to sign in.
   * @throws as `credentials` does
   */
  async proveCredentials(): Promise<void> {
    await (await this.#secrets.credentials()).prove();
  }

  /**
   * Keeps a new connection: its token is stored in the free slot, read back, and proven with what was read; only then
   * is the connection recorded and the old token forgotten. Meanwhile, no other run can revoke or connect this Google
   * account.
   *
   * @param prove uses the token that was read back; its result is returned
   * @throws MailError of the stores, and what `prove` throws: then the old connection is as it was
   */
  async connect<T>(
    fresh: NewConnection,
    refreshToken: string,
    prove: (token: string, connection: OAuthConnection) => Promise<T>,
  ): Promise<T> {
    const credentials = await this.#secrets.credentials();
    const { gmail: former } = this.site;
    const turn = otherTurn(former === null ? null : kindOf(former).tokenSlot(former));
    const connection: OAuthConnection = { ...fresh, id: crypto.randomUUID(), tokenSlot: turn };
    try {
      await this.#secrets.store(tokenSlot(turn), connection.id, refreshToken);
      return await this.#withAccount(fresh, async (confirm) => {
        const content = await credentials.get(this.#record.key, tokenSlot(turn));
        const readBack = unsealed(content, connection.id);
        if (readBack === null) throw notReadBack(credentials.description);
        const proven = await prove(readBack, connection);
        await confirm();
        const permission = this.handsOver ? { permission: readBack } : {};
        const { kind } = credentials;
        await this.#record.apply({ kind: 'connect', connection, credentials: kind, ...permission });
        return proven;
      });
    } finally {
      // A token or key that is no longer accounted for is cleared here or by the next command; what is recorded stands.
      await this.#secrets.tidy().catch(() => undefined);
    }
  }

  /**
   * Keeps a connection by delegation that Google has just accepted: first the service account's key, once for all sites
   * that use it, then the record.
   *
   * @param key null if there is none, because Google signs
   * @throws MailError of the stores: then the old connection is as it was
   */
  async connectByDelegation(
    fresh: NewDelegation,
    key: string | null,
  ): Promise<DelegatedConnection> {
    const credentials = await this.#secrets.credentials();
    const { gmail: former } = this.site;
    const connection: DelegatedConnection = { ...fresh, id: crypto.randomUUID() };
    const owner = keyOwner(connection);
    if (owner !== null && key !== null) {
      await this.#secrets.keepKey(owner, key);
    }
    await this.#record.apply({ kind: 'connect', connection, credentials: credentials.kind });
    if (former !== null) {
      await this.#secrets.tidy().catch(() => undefined);
    }
    return connection;
  }

  /** Whether WriteUpp itself sends this site's email. */
  get handsOver(): boolean {
    return this.#holding.store.handsOver !== undefined;
  }

  /** Has WriteUpp send a test message itself. @throws MailError `store-refused`, `network`, `site-busy` */
  async testByWriteUpp(
    { id }: Pick<GmailConnection, 'id'>,
    test: TestMessage,
    message: Buffer,
  ): Promise<TestMessage> {
    await this.#record.apply({ kind: 'test', connection: id, test, message });
    return this.site.gmail?.test ?? test;
  }

  /**
   * Forgets this computer's copy of the permission; WriteUpp goes on sending with its own. @throws errors of the stores
   */
  async forgetHere(): Promise<void> {
    await this.#secrets.forgetAll();
    await this.#record.apply({ kind: 'keep-secrets-in', credentials: null });
  }

  /** Records that Gmail accepted a test message. @throws MailError `storage`, `site-busy` */
  async recordTest({ id }: Pick<GmailConnection, 'id'>, test: TestMessage): Promise<void> {
    await this.#record.apply({ kind: 'test', connection: id, test: await this.#sealed(test) });
  }

  /** Records what a person said about the last test message. @throws as `recordTest` does */
  async recordArrival(arrival: 'confirmed' | 'denied', senderSeen: boolean): Promise<void> {
    const { test } = this.site.gmail ?? {};
    if (test == null) return;
    const { seal } = await this.#sealed({ ...test, arrival, senderSeen });
    await this.#record.apply({ kind: 'receipt', message: test.id, arrival, senderSeen, seal });
  }

  /**
   * A record reduced to what it proves: without a test message that somebody else wrote into it.
   * @throws as `credentials` does
   */
  async genuine(site: Site): Promise<Site> {
    const { genuineSite } = await import('./test-seal.js');
    return genuineSite(site, this.#sealing());
  }

  async #sealed(test: TestMessage): Promise<TestMessage> {
    const { gmail } = this.site;
    if (gmail === null) return test;
    const { sealedTest } = await import('./test-seal.js');
    return sealedTest(this.site, gmail, test, this.#sealing());
  }

  #sealing() {
    const { othersCanWrite } = this.#holding.store;
    return { othersCanWrite, credentials: () => this.#secrets.credentials() };
  }

  /** Records how a connection fared, if it is still the current one. @throws as `recordTest` does */
  async amend(
    { id }: Pick<GmailConnection, 'id'>,
    use: Partial<Pick<GmailConnection, 'usedAt' | 'refusals'>>,
  ): Promise<void> {
    await this.#record.apply({ kind: 'use', connection: id, ...use });
  }

  /** Keeps an access token for its hour, if its connection is still the current one. @throws errors of the stores */
  async keepAccessToken({ id }: GmailConnection, content: string): Promise<void> {
    if (this.site.gmail?.id === id) await this.#secrets.store('google-access-token', id, content);
  }

  /**
   * Deletes the SMTP settings: the record first, since it decides the pathway, then the password.
   *
   * @param authority a proof made under this very claim for the current connection, or a person's word
   * @throws MailError `internal` if the proof does not fit: then nothing is deleted; `storage`, `site-busy`; errors of
   *   the credential store: then the settings are gone, and the next command clears the password
   */
  async revertSmtp(authority: Warrant | PersonsWord, now: Date): Promise<void> {
    this.#requireNotStopped();
    await this.#record.apply({ kind: 'remove-smtp', at: now, authority });
    await this.#secrets.tidy();
  }

  /**
   * Forgets the Gmail connection. Meanwhile, no other run can connect this Google account.
   *
   * @param endGrant what to do at Google before the token is forgotten, since without the token it could not be
   *   repeated. `confirm` makes sure, right before what can't be undone, that this run still holds the site and the
   *   account
   * @throws MailError of the stores; what `endGrant` throws: then nothing was forgotten
   */
  async disconnect<T>(
    endGrant: (connection: GmailConnection, confirm: () => Promise<void>) => Promise<T>,
  ): Promise<T | null> {
    const { gmail } = this.site;
    if (gmail === null) return null;
    this.#requireNotStopped();
    return this.#withAccount(gmail, async (confirm) => {
      const outcome = await endGrant(gmail, confirm);
      // Before the record: a key that no record names would never be found again.
      await this.#secrets.forgetKeyOf(gmail);
      await this.#record.apply({ kind: 'disconnect', connection: gmail.id });
      await this.#secrets.tidy();
      return outcome;
    });
  }

  /**
   * Changes the settings of a site. A password is stored in the free slot before the record names it, so that a site
   * which sends by SMTP can send at every moment.
   *
   * @param password null leaves it as it is
   * @throws MailError of the stores
   */
  async change(next: Site, password: string | null): Promise<void> {
    if (password === null || next.smtp === null) {
      const isDropped = this.site.smtp?.password != null && next.smtp?.password == null;
      await this.#record.apply({ kind: 'settings', settings: next });
      if (isDropped) await this.#secrets.tidy();
      return;
    }
    await this.#secrets.credentials(true);
    const reference = { slot: otherTurn(this.site.smtp?.password?.slot), id: crypto.randomUUID() };
    await this.#secrets.store(passwordSlot(reference.slot), reference.id, password);
    const smtp = { ...next.smtp, password: reference };
    await this.#record.apply({ kind: 'settings', settings: { ...next, smtp } });
    await this.#secrets.tidy().catch(() => undefined);
  }

  /** Records that the switch was made in WriteUpp itself as well. @throws MailError `storage`, `site-busy` */
  async markDoneInWriteUpp(now: Date): Promise<void> {
    await this.#record.apply({ kind: 'done-in-writeupp', at: now });
  }

  /**
   * Forgets the site: the secrets first and the record last, so that no secret is ever left without a record.
   *
   * @throws MailError of the stores
   */
  async remove(): Promise<void> {
    this.#requireNotStopped();
    await this.#secrets.forgetAll();
    await this.#record.apply({ kind: 'remove' });
  }

  /** Clears what a killed run left behind, for a command that changes nothing else. @throws as `credentials` does */
  async tidy(): Promise<void> {
    if (this.site.credentials !== null) await this.#secrets.credentials();
  }

  /** After Ctrl-C, or a signal that asks the run to end, nothing starts that can't be undone. */
  #requireNotStopped(): void {
    if (this.#holding.lock.signal.aborted) throw interrupted();
  }

  async #withAccount<T>(
    account: Pick<OAuthConnection, 'issuer' | 'subject'> | GmailConnection,
    work: (confirm: () => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const { store, lock } = this.#holding;
    // Nobody signs in for a delegation, so nothing is revoked with it.
    if (!('subject' in account)) return work(() => this.#record.confirm());
    const claim = await store.claimAccount(account, lock);
    try {
      return await work(async () => {
        await this.#record.confirm();
        await claim.confirm();
      });
    } finally {
      await claim.release();
    }
  }
}

function notReadBack(where: string): MailError {
  return new MailError(
    'storage',
    `The permission was stored in ${where}, and reading it back gave something else.`,
    'Run the command again.',
  );
}
