/** The record of a site that is held: every change is fenced by the claim, and goes into the history. */

import type { Fence } from '../credentials/credential-store.js';
import { type Change, vanished } from './change.js';
import type { Site } from './site.js';
import type { OnUnwritten } from './site-history.js';
import { siteKey } from './site-name.js';
import type { SiteClaim } from './site-store.js';

/** What changing a record needs. */
interface RecordPorts {
  readonly claim: SiteClaim;
  readonly onUnwritten?: OnUnwritten | undefined;
}

/** The record, as this run alone may change it. */
export class HeldRecord {
  readonly #ports: RecordPorts;
  #site: Site;
  /** A failed change may have been stored all the same. */
  #isUnsure = false;

  constructor(ports: RecordPorts, site: Site) {
    this.#ports = ports;
    this.#site = site;
  }

  /** The record as it was last read or written. */
  get site(): Site {
    return this.#site;
  }

  /** The key that follows from the site's name, on disk and in the credential store. */
  get key(): string {
    return siteKey(this.#site.name);
  }

  /** Fences the site's secrets if they are in the same database. */
  get fence(): Fence | undefined {
    return this.#ports.claim.fence;
  }

  /** @throws MailError `site-busy` if this run no longer holds the site */
  async confirm(): Promise<void> {
    await this.#ports.claim.confirm();
  }

  /** Reads the record again. @throws MailError `storage`, `no-such-site` */
  async reread(): Promise<Site> {
    const site = await this.#ports.claim.read();
    if (site === null) throw vanished(this.#site.name);
    this.#site = site;
    this.#isUnsure = false;
    return site;
  }

  /** The record, read again if a change failed. @throws as `reread` does */
  async sure(): Promise<Site> {
    if (this.#isUnsure) await this.reread();
    return this.#site;
  }

  /**
   * Changes the record, which fails if this run no longer holds the site. A change is never lost or delayed because of
   * its line in the history.
   *
   * @throws as `SiteClaim.apply` does
   */
  async apply(change: Change): Promise<void> {
    this.#isUnsure = true;
    const { site, unwritten } = await this.#ports.claim.apply(change);
    this.#site = site ?? this.#site;
    this.#isUnsure = false;
    if (unwritten !== null) this.#ports.onUnwritten?.(unwritten);
  }
}
