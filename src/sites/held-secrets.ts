/**
 * The secrets of a site that is held: each change is fenced by the claim. The record says which store may hold secrets
 * before the first is stored, so that a killed run leaves nothing that the next can't find.
 */

import { SLOTS, type Slot } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import type { HeldRecord } from './held-record.js';
import { type KeyOwner, keyOwner, ownerKey } from './key-owner.js';
import { accountedSlots, requireSameStore, sealed } from './secrets.js';
import { forgetUnusedKey, type KeyFate, keepKey } from './service-keys.js';
import type { GmailConnection } from './site.js';
import type { SiteStore } from './site-store.js';

/** What changing secrets needs besides the record. */
export interface SecretPorts {
  readonly store: SiteStore;
  readonly openCredentials: () => Promise<CredentialStore>;
}

/** The secrets, as this run alone may change them. */
export class HeldSecrets {
  readonly #record: HeldRecord;
  readonly #ports: SecretPorts;
  #credentials: Promise<CredentialStore> | null = null;
  /** What this run knows of the slots: filled, by the record or by this run, or empty since this run cleared them. */
  readonly #known = new Map<Slot, 'filled' | 'empty'>();

  constructor(record: HeldRecord, ports: SecretPorts) {
    this.#record = record;
    this.#ports = ports;
    for (const slot of accountedSlots(record.site)) {
      // Only kept if that was possible, so it may be missing.
      if (slot !== 'google-access-token') this.#known.set(slot, 'filled');
    }
  }

  /**
   * The store; opened once, and then cleared of what a killed run left behind.
   *
   * @param toStore whether a secret is stored next: then the record need not say first that there are none
   * @throws MailError `invalid-settings` if the site's secrets are in another store; errors of the credential store
   */
  credentials(toStore = false): Promise<CredentialStore> {
    this.#credentials ??= this.#open(toStore);
    return this.#credentials;
  }

  /** Stores a secret, after the record says which store may hold one. @throws errors of the stores */
  async store(slot: Slot, id: string, secret: string): Promise<void> {
    const credentials = await this.credentials();
    const { site, key } = this.#record;
    if (site.credentials === null) {
      await this.#record.apply({ kind: 'keep-secrets-in', credentials: credentials.kind });
    }
    await this.#record.confirm();
    this.#known.delete(slot);
    await credentials.set(key, slot, sealed(id, secret), this.#record.fence);
    this.#known.set(slot, 'filled');
  }

  /** Deletes every secret that the record does not account for. @throws errors of the stores */
  async tidy(): Promise<void> {
    const site = await this.#record.sure();
    if (site.credentials === null) return;
    await this.#clear(await this.credentials(), accountedSlots(site));
    await this.#forgetKeys(await this.credentials());
    await this.#forgetStoreIfEmpty();
  }

  /** Deletes all secrets of a site that is to be forgotten. @throws errors of the stores */
  async forgetAll(): Promise<void> {
    const { credentials, gmail, keysToForget } = this.#record.site;
    // If there are none, no store is opened for them: there may be none on this computer.
    if (credentials !== null) await this.#clear(await this.credentials(), new Set());
    if (keysToForget !== undefined) await this.#forgetKeys(await this.credentials());
    await this.forgetKeyOf(gmail);
  }

  /** Keeps a service account's key, once for all sites that use it. @throws errors of the stores */
  async keepKey(owner: KeyOwner, key: string): Promise<void> {
    const credentials = await this.credentials();
    await keepKey(owner, key, credentials, this.#record, () => this.#name(owner, credentials));
  }

  /** Forgets the service account's key of a connection, unless another site uses it. @throws errors of the stores */
  async forgetKeyOf(gmail: GmailConnection | null): Promise<void> {
    const owner = keyOwner(gmail);
    if (owner === null) return;
    const credentials = await this.credentials();
    if ((await this.#forgetKey(owner, credentials)) === 'unknown') {
      await this.#name(owner, credentials);
    }
  }

  /**
   * Forgets the keys that the record names and nothing uses: a killed run, or a former connection, left them. Keys that
   * an unreadable record may need stay, and stay named.
   */
  async #forgetKeys(credentials: CredentialStore): Promise<void> {
    const { gmail, keysToForget = [] } = await this.#record.sure();
    const inUse = ownerKey(keyOwner(gmail));
    const left: KeyOwner[] = [];
    for (const owner of keysToForget) {
      if (ownerKey(owner) === inUse) continue;
      if ((await this.#forgetKey(owner, credentials)) === 'unknown') left.push(owner);
    }
    if (left.length < keysToForget.length) await this.#nameKeys(left, credentials);
  }

  async #forgetKey(owner: KeyOwner, credentials: CredentialStore): Promise<KeyFate> {
    const { name } = this.#record.site;
    return forgetUnusedKey(owner, this.#ports.store, name, credentials, this.#record);
  }

  async #name(owner: KeyOwner, credentials: CredentialStore): Promise<void> {
    await this.#nameKeys([...(this.#record.site.keysToForget ?? []), owner], credentials);
  }

  async #nameKeys(keys: readonly KeyOwner[], { kind }: CredentialStore): Promise<void> {
    await this.#record.apply({ kind: 'keys-to-forget', keys, credentials: kind });
  }

  async #open(toStore: boolean): Promise<CredentialStore> {
    const credentials = await this.#ports.openCredentials();
    const { site } = this.#record;
    requireSameStore(site, credentials);
    // Even if the record says that there are none: a run that was overtaken may have stored one since.
    await this.#clear(credentials, accountedSlots(site));
    await this.#forgetKeys(credentials);
    if (!toStore) await this.#forgetStoreIfEmpty();
    return credentials;
  }

  async #forgetStoreIfEmpty(): Promise<void> {
    const { site } = this.#record;
    if (site.keysToForget !== undefined) return;
    if (site.credentials !== null && accountedSlots(site).size === 0) {
      await this.#record.apply({ kind: 'keep-secrets-in', credentials: null });
    }
  }

  async #clear(credentials: CredentialStore, accounted: ReadonlySet<Slot>): Promise<void> {
    const { key, fence } = this.#record;
    for (const slot of SLOTS) {
      const known = this.#known.get(slot);
      if (accounted.has(slot) || known === 'empty') continue;
      if (known === undefined && (await credentials.isMissing?.(key, slot)) === true) continue;
      await this.#record.confirm();
      const isGone = await credentials.delete(key, slot, fence);
      if (!isGone && known === 'filled') {
        // It should have been there: a keychain that has just been locked gives the same answer.
        await credentials.prove();
        await this.#record.confirm();
        await credentials.delete(key, slot, fence);
      }
      this.#known.set(slot, 'empty');
    }
  }
}
