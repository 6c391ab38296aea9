/** The record of a site that is held: every change of it is fenced by the claim, and told to the history. */

import type { Fence } from '../credentials/credential-store.js';
import { type Change, vanished } from './change.js';
import type { Site } from './site.js';
import type { OnUntold } from './site-history.js';
import { siteKey } from './site-name.js';
import type { SiteClaim } from './site-store.js';

/** What changing a record needs. */
interface RecordPorts {
  readonly claim: SiteClaim;
  readonly onUntold?: OnUntold | undefined;
}

/** The record, as this run alone may change it. */
export class HeldRecord {
  readonly #ports: RecordPorts;
  #site: Site;
  /** A change that failed may have been kept all the same. */
  #isUnsure = false;

  constructor(ports: RecordPorts, site: Site) {
    this.#ports = ports;
    this.#site = site;
  }

  /** The record as it was last read or written. */
  get site(): Site {
    return this.#site;
  }

  /** The key that the site's name gives, on disk and in the credential store. */
  get key(): string {
    return siteKey(this.#site.name);
  }

  /** What fences the site's secrets where they are in the same database. */
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

  /** The record, read again where a change failed. @throws as `reread` */
  async sure(): Promise<Site> {
    if (this.#isUnsure) await this.reread();
    return this.#site;
  }

  /**
   * Changes the record, which fails if this run no longer holds the site: a deed is never lost or late because of its
   * line in the history.
   *
   * @throws as `SiteClaim.apply`
   */
  async apply(change: Change): Promise<void> {
    this.#isUnsure = true;
    const { site, unwritten } = await this.#ports.claim.apply(change);
    this.#site = site ?? this.#site;
    this.#isUnsure = false;
    if (unwritten !== null) this.#ports.onUntold?.(unwritten);
  }
}
