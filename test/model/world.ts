/** What all runs share: records, secrets, Google; and what must hold of them at every moment. */

import type { Slot } from '../../src/credentials/credential-reader.js';
import {
  accountedSlots,
  keptAccessToken,
  refreshToken,
  smtpPassword,
} from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { MemorySecrets, MemorySites, openGate } from '../support/memory-store.js';
import { type Account, type Grant, MemoryGoogle } from './memory-google.js';

/** The accounts: the first two are one, before and after its address was changed. */
export const ACCOUNTS: readonly Account[] = [
  { email: 'info@harbour-physio.example', subject: '1' },
  { email: 'desk@harbour-physio.example', subject: '1' },
  { email: 'jane@harbour-physio.example', subject: '2' },
];

/** What the run that changes a record may have seen and been told. */
export interface Actor {
  readonly site: string;
  readonly kind: string;
  /** The permissions that Google accepted in this run. */
  readonly refreshed: ReadonlySet<Grant>;
  /** A person asked for the deletion of the SMTP settings, or of the site. */
  readonly isAskedFor: boolean;
  /** Of a migration: nobody is asked. */
  readonly yes: boolean;
  /** Of a migration: whether an account is the one that is wanted, or that the person agreed to. */
  wants(account: string): boolean;
  /** It lost its claim before the call that it stands at: only its calls before could not know. */
  readonly isFencedOff: boolean;
  /** It has begun to clear a site that it removes. */
  isRemoving: boolean;
}

/** All that is stored. Violations of what must hold are gathered. */
export class ModelWorld {
  readonly sites = new MemorySites();
  readonly secrets = new MemorySecrets();
  readonly google = new MemoryGoogle();
  readonly violations = new Set<string>();
  /** What people said of messages, by their ids: the latest word. */
  readonly said = new Map<string, boolean>();
  /** A run was overtaken: what it still does to a keychain can't be helped; it must not be believed. */
  isOvertaken = false;
  /** How often SMTP settings were deleted on a proof, and on a person's word. */
  readonly deleted = { proven: 0, askedFor: 0 };
  readonly actors: Actor[] = [];
  #judgedAt = 0;
  readonly #grantOfConnection = new Map<string, Grant>();

  constructor(names: readonly string[]) {
    for (const name of names) this.#put(name);
    this.secrets.onChange = (actor) => {
      const { isFencedOff } = actor as Actor;
      if (isFencedOff) this.violations.add('a run that had lost its site changes a secret');
    };
    this.secrets.onSet = (slot, content) => this.#noteSecret(slot, content);
    this.sites.onWrite = (before, next, actor) => this.#judgeWrite(before, next, actor as Actor);
    this.google.onRevoke = ({ subject }, visitor) => {
      const { site } = visitor as unknown as Actor;
      for (const other of this.#sites()) {
        if (this.isOvertaken || other.name === site || other.gmail?.method !== 'oauth') continue;
        if (other.gmail.subject !== subject) continue;
        this.violations.add('a sign-out ends the permission that another site sends by');
      }
    };
  }

  /** What must hold at every moment, whoever stands where. */
  async judge(): Promise<void> {
    const changes = this.sites.changes + this.secrets.changes + this.google.changes;
    if (changes === this.#judgedAt) return;
    this.#judgedAt = changes;
    for (const site of this.#sites()) {
      const actors = this.actors.filter((actor) => actor.site === site.name);
      await this.#judgeGmail(site, actors);
      await this.#judgeSmtp(site, actors);
    }
  }

  /** The secrets of a site that its record does not account for. */
  orphans(name: string): string[] {
    const site = this.sites.get(name);
    const accounted = site === null ? new Set() : accountedSlots(site);
    return [...this.secrets.of(name).keys()].filter((slot) => !accounted.has(slot));
  }

  #sites(): Site[] {
    return this.sites.names().flatMap((name) => this.sites.get(name) ?? []);
  }

  #put(name: string): void {
    const smtp = {
      ...SMTP,
      host: 'first.example',
      password: { slot: 'a', id: `first-${name}` },
    } as const;
    this.sites.put(aSite({ name, smtp, credentials: 'vault' }));
    const content = JSON.stringify({ id: smtp.password.id, secret: passwordOf(smtp) });
    this.secrets.of(name).set('smtp-password', content);
  }

  async #judgeGmail(site: Site, actors: readonly Actor[]): Promise<void> {
    const { gmail } = site;
    if (gmail?.method !== 'oauth') return;
    const reader = this.secrets.viewOf(null, openGate);
    const token = await refreshToken(site, gmail, reader);
    const grant = token === null ? null : this.google.grantOf(token);
    if (grant !== null && grant?.subject !== gmail.subject) {
      this.violations.add('email leaves by another account than the one on record');
    }
    const kept = await keptAccessToken(site, gmail, reader);
    const keptGrant =
      kept === null ? null : this.google.grantOf((JSON.parse(kept) as { token: string }).token);
    if (keptGrant !== null && keptGrant?.subject !== gmail.subject) {
      this.violations.add('email leaves by a kept token of another account');
    }
    if (this.isOvertaken) return;
    if (token === null && !actors.some(({ isRemoving }) => isRemoving)) {
      this.violations.add('the record says connected, and there is no token');
    }
    const by = grant?.endedBy ?? null;
    if (by !== null && by !== 'outside' && (by as Actor).site !== site.name) {
      this.violations.add('the permission of a connection on record was ended for another site');
    }
  }

  async #judgeSmtp(site: Site, actors: readonly Actor[]): Promise<void> {
    if (site.smtp?.password == null) return;
    const password = await smtpPassword(site, this.secrets.viewOf(null, openGate));
    if (password === null) {
      if (!this.isOvertaken && !actors.some(({ isRemoving }) => isRemoving)) {
        this.violations.add('the SMTP settings are there, and their password is not');
      }
    } else if (password !== passwordOf(site.smtp)) {
      this.violations.add('the password of one SMTP server is given to another');
    }
  }

  #judgeWrite(before: Site | null, next: Site | null, actor: Actor): void {
    if (before?.smtp != null && next?.smtp == null) this.#judgeDeletion(before, next, actor);
    if (next === null) return;
    if (before?.smtpRevertedAt != null && next.smtp !== null) {
      this.violations.add('SMTP settings come back after they were reverted');
    }
    if (next.smtpRevertedAt !== null && next.smtp !== null) {
      this.violations.add('SMTP settings that were reverted are there');
    }
    if (accountedSlots(next).size > 0 && next.credentials === null) {
      this.violations.add('a record accounts for secrets in no store');
    }
  }

  #judgeDeletion(before: Site, next: Site | null, actor: Actor): void {
    if (actor.isAskedFor) {
      this.deleted.askedFor += 1;
      return;
    }
    const { gmail } = before;
    const grant = this.#grantOfConnection.get(gmail?.id ?? '');
    const id = gmail?.test?.id ?? '';
    const missing = {
      'by a migration': actor.kind === 'migrate' && next !== null,
      'of a connection': grant !== undefined,
      'that Google accepted in this run': grant !== undefined && actor.refreshed.has(grant),
      'with a message over this very connection': this.google.messages.get(id) === grant,
      'that nobody denied': this.said.get(id) !== false,
      'that a person has, or --yes': actor.yes || this.said.get(id) === true,
      'of the account that is wanted': actor.wants(gmail?.email ?? ''),
    };
    for (const [what, holds] of Object.entries(missing)) {
      if (!holds) this.violations.add(`SMTP goes without a proof: ${what}`);
    }
    this.deleted.proven += 1;
  }

  #noteSecret(slot: Slot, content: string): void {
    const { id, secret } = JSON.parse(content) as { id: string; secret: string };
    if (slot.startsWith('smtp-password')) return;
    const token =
      slot === 'google-access-token' ? (JSON.parse(secret) as { token: string }).token : secret;
    const grant = this.google.grantOf(token);
    const known = this.#grantOfConnection.get(id) ?? grant;
    if (grant === undefined || grant !== known) {
      this.violations.add('the token of one connection is kept as that of another');
    } else this.#grantOfConnection.set(id, grant);
  }
}

/** A password tells which login it is for. */
export function passwordOf({ host, user }: { host: string; user: string | null }): string {
  return `the password of ${user} at ${host}`;
}
