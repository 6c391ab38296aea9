/**
 * The secrets of a site that is held: each change of one is fenced by the claim. The record says which store may hold
 * secrets before the first is stored, so that a killed run leaves nothing that the next can't find.
 */

import { SLOTS, type Slot } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import type { HeldRecord } from './held-record.js';
import { accountedSlots, requireSameStore, sealed } from './secrets.js';
import { forgetUnusedKey, type KeyOwner, keepKey, keyOwner } from './service-keys.js';
import type { GmailConnection } from './site.js';
import type { SiteStore } from './site-store.js';

/** What changing secrets needs beside the record. */
export interface SecretPorts {
  readonly store: SiteStore;
  readonly openCredentials: () => Promise<CredentialStore>;
}

/** The secrets, as this run alone may change them. */
export class HeldSecrets {
  readonly #record: HeldRecord;
  readonly #ports: SecretPorts;
  #credentials: Promise<CredentialStore> | null = null;
  /** What this run knows of the slots: filled by the record or by itself, or empty since it cleared them. */
  readonly #known = new Map<Slot, 'filled' | 'empty'>();

  constructor(record: HeldRecord, ports: SecretPorts) {
    this.#record = record;
    this.#ports = ports;
    for (const slot of accountedSlots(record.site)) {
      // Kept where that was possible: it may be missing.
      if (slot !== 'google-access-token') this.#known.set(slot, 'filled');
    }
  }

  /**
   * The store; opened once, and cleared then of what a killed run left behind.
   *
   * @throws MailError `invalid-settings` where the site's secrets are in another store; of the credential store
   */
  credentials(): Promise<CredentialStore> {
    this.#credentials ??= this.#open();
    return this.#credentials;
  }

  /** Stores a secret; the record says before it which store may hold one. @throws of the stores */
  async store(slot: Slot, id: string, secret: string): Promise<void> {
    const credentials = await this.credentials();
    const { site, key } = this.#record;
    if (site.credentials === null) {
      await this.#record.write({ ...site, credentials: credentials.kind });
    }
    await this.#record.assertHeld();
    this.#known.delete(slot);
    await credentials.set(key, slot, sealed(id, secret));
    this.#known.set(slot, 'filled');
  }

  /** Deletes every secret that the record does not account for. @throws of the stores */
  async tidy(): Promise<void> {
    const site = await this.#record.sure();
    if (site.credentials === null) return;
    await this.#clear(await this.credentials(), accountedSlots(site));
    await this.#forgetStoreIfEmpty();
  }

  /** Deletes all secrets of a site that is to be forgotten. @throws of the stores */
  async forgetAll(): Promise<void> {
    const { credentials, gmail } = this.#record.site;
    if (credentials !== null) await this.#clear(await this.credentials(), new Set());
    await this.forgetKeyOf(gmail);
  }

  /** Keeps a service account's key, once for all sites that use it. @throws of the stores */
  async keepKey(owner: KeyOwner, key: string): Promise<void> {
    const credentials = await this.credentials();
    await keepKey(owner, key, credentials, () => this.#record.assertHeld());
  }

  /** Forgets the key that a connection was made with, unless this or another site still uses it. */
  async forgetFormerKey(former: GmailConnection | null): Promise<void> {
    const now = keyOwner(this.#record.site.gmail);
    if (keyOwner(former)?.email !== now?.email) await this.forgetKeyOf(former);
  }

  /** Forgets the service account's key of a connection, unless another site uses it. @throws of the stores */
  async forgetKeyOf(gmail: GmailConnection | null): Promise<void> {
    const owner = keyOwner(gmail);
    if (owner === null) return;
    await this.#record.assertHeld();
    const { name } = this.#record.site;
    await forgetUnusedKey(owner, this.#ports.store, name, await this.credentials());
  }

  async #open(): Promise<CredentialStore> {
    const credentials = await this.#ports.openCredentials();
    const { site } = this.#record;
    requireSameStore(site, credentials);
    // Also where the record says that there is none: a run that was overtaken may have stored one since.
    await this.#clear(credentials, accountedSlots(site));
    await this.#forgetStoreIfEmpty();
    return credentials;
  }

  async #forgetStoreIfEmpty(): Promise<void> {
    const { site } = this.#record;
    if (site.credentials !== null && accountedSlots(site).size === 0) {
      await this.#record.write({ ...site, credentials: null });
    }
  }

  async #clear(credentials: CredentialStore, accounted: ReadonlySet<Slot>): Promise<void> {
    const { key } = this.#record;
    for (const slot of SLOTS) {
      const known = this.#known.get(slot);
      if (accounted.has(slot) || known === 'empty') continue;
      if (known === undefined && (await credentials.isMissing?.(key, slot)) === true) continue;
      await this.#record.assertHeld();
      const isGone = await credentials.delete(key, slot);
      if (!isGone && known === 'filled') {
        // What must be there and is not: a keychain that was locked just now says that as well.
        await credentials.prove();
        await this.#record.assertHeld();
        await credentials.delete(key, slot);
      }
      this.#known.set(slot, 'empty');
    }
  }
}
