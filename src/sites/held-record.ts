/** The record of a site that is held: every change of it is fenced by the claim, and told to the history. */

import { MailError } from '../errors.js';
import { type Happening, linesOf, type OnUntold, whatHappened } from './history.js';
import type { Site } from './site.js';
import { siteKey } from './site-name.js';
import type { SiteClaim } from './site-store.js';
import type { PersonsWord, Warrant } from './warrant.js';

/** What changing a record needs. */
export interface RecordPorts {
  readonly claim: SiteClaim;
  readonly lock: { readonly command: string };
  readonly onUntold?: OnUntold | undefined;
}

/** The record, as this run alone may change it. */
export class HeldRecord {
  readonly #ports: RecordPorts;
  #site: Site;
  /** A write that failed may have been kept all the same. */
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

  /** @throws MailError `site-busy` if this run no longer holds the site */
  async assertHeld(): Promise<void> {
    await this.#ports.claim.assertHeld();
  }

  /** Reads the record again. @throws MailError `storage`, `no-such-site` */
  async reread(): Promise<Site> {
    const site = await this.#ports.claim.read();
    if (site === null) throw vanished(this.#site.name);
    this.#site = site;
    this.#isUnsure = false;
    return site;
  }

  /** The record, read again where a write failed. @throws as `reread` */
  async sure(): Promise<Site> {
    if (this.#isUnsure) await this.reread();
    return this.#site;
  }

  /**
   * Changes the record, which fails if this run no longer holds the site, and tells the history: a deed is never lost
   * or late because of its line.
   *
   * @throws MailError `storage`, `site-busy`
   */
  async write(site: Site, authority?: Warrant | PersonsWord): Promise<void> {
    this.#isUnsure = true;
    const lines = this.#linesOf(whatHappened(this.#site, site, authority));
    const untold = await this.#ports.claim.write(site, lines);
    this.#site = site;
    this.#isUnsure = false;
    if (untold !== null) this.#ports.onUntold?.(untold);
  }

  /** Forgets the record. @throws as `write` */
  async remove(): Promise<void> {
    const untold = await this.#ports.claim.remove(this.#linesOf(whatHappened(this.#site, null)));
    if (untold !== null) this.#ports.onUntold?.(untold);
  }

  #linesOf(happenings: readonly Happening[]) {
    return linesOf(this.#ports.lock, this.#site.name, happenings);
  }
}

function vanished(name: string): MailError {
  return new MailError(
    'no-such-site',
    `The record of "${name}" is gone: it was removed while this command ran.`,
    'Add it with: writeupp-mail site add',
  );
}
