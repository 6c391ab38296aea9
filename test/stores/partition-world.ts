/**
 * Computers on one shared store whose ways to it are cut at any statement: they run the program's own steps, with
 * Google in memory and a team's secrets in the database. What must hold of what they left is at the end.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Decrypter, generateIdentity, identityToRecipient } from 'age-encryption';
import { DelegatedTokens } from '../../src/connection/delegated-tokens.js';
import { signOut } from '../../src/connection/disconnect.js';
import { openTeam, type TeamStore } from '../../src/credentials/team-store.js';
import { withHeldSite } from '../../src/kit/with-site.js';
import type { World } from '../../src/kit/world.js';
import { changedSite } from '../../src/sites/edit-site.js';
import type { HeldSite } from '../../src/sites/held-site.js';
import { holdSite } from '../../src/sites/hold.js';
import { accountedSlots, refreshToken, smtpPassword } from '../../src/sites/secrets.js';
import type { HistoryEvent } from '../../src/sites/site-history.js';
import { confirmByPerson } from '../../src/sites/warrant.js';
import { connectSite, isMigrated, migrateSite } from '../../src/steps/migrate-site.js';
import type { MigrationOptions } from '../../src/steps/situation.js';
import {
  openPostgresSiteStore,
  type PostgresSiteStore,
} from '../../src/stores/postgres/postgres-site-store.js';
import { openTeamTable } from '../../src/stores/postgres/team-table.js';
import { type Grant, ISSUER, MemoryGoogle, visit } from '../model/memory-google.js';
import { type Fate, type Forwarder, startForwarder } from '../support/forwarder.js';
import { memoryKeychain } from '../support/memory-keychain.js';
import type { Gate } from '../support/memory-store.js';
import type { TestPostgres } from '../support/postgres.js';
import { person, twin } from '../support/twin.js';

/** Two of them share a Google account. */
export const ACCOUNT_OF = { harbour: '1', quay: '1', pier: '2' } as const;
export type Name = keyof typeof ACCOUNT_OF;
export const NAMES = Object.keys(ACCOUNT_OF) as Name[];

export const KINDS = ['set', 'sign-in', 'sign-out', 'migrate', 'revert-smtp', 'team'] as const;
export type Kind = (typeof KINDS)[number];

/** A run that is over, and what it was told. */
interface Ended {
  readonly kind: Kind;
  readonly site: Name;
  /** One of its own: the history names it. */
  readonly command: string;
  readonly began: number;
  readonly ended: number;
  readonly error: { readonly code?: string; readonly hint?: string } | null;
}

function accountOf(site: Name) {
  const subject = ACCOUNT_OF[site];
  return { email: `info-${subject}@practice.example`, subject };
}

export function passwordOf({ host }: { readonly host: string }): string {
  return `the password at ${host}`;
}

/** All that is shared, and what became of it. */
export class Partitions {
  readonly google = new MemoryGoogle();
  readonly violations: string[] = [];
  readonly ended: Ended[] = [];
  /** When the database became an older copy of itself, last. */
  failedOverAt = Number.NEGATIVE_INFINITY;
  isCutting = true;
  /** Of the team, beside the computers: added and removed again. */
  readonly guests = new Map<string, string>();
  #runs = 0;

  constructor(
    readonly server: TestPostgres,
    readonly url: string,
    readonly random: () => number,
  ) {}

  newCommand(kind: Kind): string {
    this.#runs += 1;
    return `${kind} ${this.#runs}`;
  }

  /** Keeps a copy of the database as it is. */
  async keepCopy(): Promise<void> {
    const copies = TABLES.map(
      (table) => `create table copy.${table} as table writeupp_mail.${table};`,
    );
    await this.server.query(
      this.url,
      `begin isolation level repeatable read; drop schema if exists copy cascade; create schema copy;
       ${copies.join(' ')} commit`,
    );
  }

  /** The copy takes the place of the database. Whatever was on its way there, or connected, is gone. */
  async failOver(computers: readonly Computer[]): Promise<void> {
    for (const { way } of computers) way.leadTo(this.server.port);
    const all = TABLES.map((table) => `writeupp_mail.${table}`).join(', ');
    const back = TABLES.map(
      (table) => `delete from writeupp_mail.${table};
        insert into writeupp_mail.${table} overriding system value select * from copy.${table};`,
    );
    await this.server.query(
      this.url,
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid();
       begin; lock table ${all} in access exclusive mode; ${back.join(' ')} commit`,
    );
    this.failedOverAt = performance.now();
  }

  /** What becomes of the next statement. */
  fateOf(text: string): Fate {
    const changes = /\bdone as\b|\bfence as f\b.*\b(?:set|returning)\b|\bcommit\b|\bteam set\b/s;
    const chance = changes.test(text) ? 0.09 : 0.015;
    const drawn = this.random();
    if (!this.isCutting || drawn >= chance) return 'passes';
    const fates: readonly Fate[] = ['never-arrives', 'loses-its-answer', 'arrives-late'];
    return fates[Math.floor((drawn / chance) * fates.length)] ?? 'passes';
  }
}

const TABLES = ['fence', 'site', 'secret', 'team', 'recipient', 'history'] as const;

/** One computer: its keychain and its clock stay, its processes come and go. */
export class Computer {
  way!: Forwarder;
  store!: PostgresSiteStore;
  team!: TeamStore;
  readonly keychain;
  stop = new AbortController();
  readonly #world: Partitions;
  readonly #clockAhead: number;
  #home = '';
  #confirmedAt = 0;

  constructor(world: Partitions, clockAhead: number, keychain = memoryKeychain()) {
    this.#world = world;
    this.#clockAhead = clockAhead;
    this.keychain = keychain;
  }

  /** A new process, on a way of its own. */
  async start(): Promise<this> {
    this.#home ||= await mkdtemp(join(tmpdir(), 'partitions-'));
    const { server, url } = this.#world;
    this.way = await startForwarder(server.port);
    this.way.fate = (text) => {
      if (text.includes('for share') && !text.includes('done as')) this.#confirmedAt = Date.now();
      const fate = this.#world.fateOf(text);
      // Long enough for another computer to come in between.
      if (fate !== 'passes' && this.#world.random() < 0.6) {
        this.way.goAway(200 + this.#world.random() * 1_200);
      }
      return fate;
    };
    const address = new URL(url);
    address.port = String(this.way.port);
    address.searchParams.set('sslmode', 'disable');
    this.stop = new AbortController();
    this.store = await openPostgresSiteStore(address.href, {
      ...{ home: this.#home, isRehearsal: false, readOnly: false, signal: this.stop.signal },
      onWait: () => undefined,
    });
    this.team = openTeam({
      secrets: openTeamTable(this.store.database, this.store.schema, 'team'),
      ...{ keychain: this.keychain, me: 'a person', readOnly: false, onNote: () => undefined },
    });
    return this;
  }

  /** As `kill -9` does: nothing of it goes out any more. */
  async kill(): Promise<void> {
    this.stop.abort();
    await this.way.close();
  }

  async remove(): Promise<void> {
    await this.kill();
    await this.store.close().catch(() => undefined);
    await rm(this.#home, { recursive: true, force: true });
  }

  async run(kind: Kind, site: Name): Promise<Ended> {
    const command = this.#world.newCommand(kind);
    const began = performance.now();
    const error = await this.#act(kind, site, command).then(
      () => null,
      (thrown: unknown) => thrown as Ended['error'],
    );
    const ended = { kind, site, command, began, ended: performance.now(), error };
    this.#world.ended.push(ended);
    return ended;
  }

  async tidy(site: Name): Promise<void> {
    await holdSite(this.#twin('tidy', site), site, (held) => held.tidy());
  }

  async #act(kind: Kind, site: Name, command: string): Promise<void> {
    if (kind === 'team') return this.#changeTeam(command);
    const world = this.#twin(command, site);
    await withHeldSite(world, site, (held) => this.#onHeld(kind, held, world));
  }

  async #onHeld(kind: Kind, held: HeldSite, world: World): Promise<void> {
    const options = { ...OPTIONS, account: accountOf(held.site.name as Name).email };
    switch (kind) {
      case 'migrate':
        if (await isMigrated(held, options, world)) return;
        await migrateSite(held, options, world);
        return;
      case 'sign-in':
        await connectSite(held, { ...options, reauthenticate: true }, world);
        return;
      case 'sign-out':
        await held.proveCredentials();
        await signOut(held, false, world);
        return;
      case 'revert-smtp':
        if (held.site.smtp !== null) await held.revertSmtp(confirmByPerson(), world.now());
        return;
      default: {
        const smtpHost = this.#world.random() < 0.5 ? 'first.example' : 'second.example';
        const more = held.site.smtp === null ? {} : { smtpHost };
        const changed = changedSite(held.site, { ...more, organisation: world.command });
        await held.change(changed, changed.smtp === null ? null : passwordOf(changed.smtp));
      }
    }
  }

  /** A guest comes, or one goes. */
  async #changeTeam(command: string): Promise<void> {
    const { recipients } = await this.team.list();
    const guest = recipients.find(({ name }) => name.startsWith('team '));
    if (guest !== undefined) return void (await this.team.remove(guest.name));
    const identity = await generateIdentity();
    this.#world.guests.set(command, identity);
    await this.team.add(command, await identityToRecipient(identity));
  }

  #twin(command: string, site: Name): World {
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, this.stop.signal]);
    const account = accountOf(site);
    const gate: Gate = async (call, work) => {
      if (signal.aborted) throw new Error('killed');
      if (call === 'revoke at Google') await this.#judgeRevocation(command, site);
      return work();
    };
    visit(signal, this.#world.google, {
      ...{ gate, signsIn: () => account, agreesTo: () => true },
      ...{ accepted: () => undefined, sent: () => undefined },
    });
    const delegation = new DelegatedTokens({});
    return twin({
      client: async () => ({ id: 'the-client', secret: null }),
      delegation: async () => delegation,
      issuer: { id: ISSUER, isStandIn: false, discoveryUrl: '', gmailRootUrl: '', iamRootUrl: '' },
      now: () => new Date(Date.now() + this.#clockAhead),
      ...{ command, signal, ask: person([[/Press Enter/, undefined]]) },
      sites: async () => this.store,
      secrets: async () => this.team,
    });
  }

  /** Right before a permission is ended, no other site is on record with it: not while this run has the account. */
  async #judgeRevocation(command: string, site: Name): Promise<void> {
    const { server, url, violations, failedOverAt } = this.#world;
    const { rows } = await server.query(
      url,
      `select s.key from writeupp_mail.site as s
       where s.record->'gmail'->>'subject' = $1 and s.key <> $2 and not exists (
         select from writeupp_mail.fence as f
         where f.key like '@%' and f.claimed_at > to_timestamp($3::float8 / 1000))`,
      [ACCOUNT_OF[site], site, this.#confirmedAt],
    );
    if (rows.length > 0 && failedOverAt < 0) {
      violations.push(`${command} ends the permission that ${rows[0].key} sends by`);
    }
  }
}

const OPTIONS: MigrationOptions = {
  ...{ yes: true, reauthenticate: false, serviceAccount: null, account: null, to: null },
  ...{ reference: null, useBrowser: true, readFirst: true, timeoutMs: 1_000 },
};

/** What must hold once all is over, as a computer sees it whose way is whole. */
export async function judge(world: Partitions, by: Computer): Promise<string[]> {
  const found = [...world.violations];
  const holds = (isSo: boolean, words: string) => {
    if (!isSo) found.push(words);
  };
  for (const name of NAMES) {
    const runs = world.ended.filter(({ site, kind }) => site === name && kind !== 'team');
    const since = (run: Ended) => run.began > world.failedOverAt;
    const site = await by.store.read(name);
    if (site === null) {
      found.push(`${name} is gone`);
      continue;
    }
    const lines: HistoryEvent[] = [];
    for await (const line of by.store.history.read(name)) lines.push(line);
    const reverts = lines.filter(({ step }) => step === 'revert-smtp');
    holds(new Set(lines.map(({ id }) => id)).size === lines.length, `${name}: a line twice`);
    holds(reverts.length === (site.smtp === null ? 1 : 0), `${name}: reverted ${reverts.length}×`);
    for (const { command, proof } of reverts) {
      const grant = world.google.messages.get(proof?.testMessage?.id ?? '');
      const isProven = proof?.by === 'test-message' && grant?.subject === ACCOUNT_OF[name];
      const isAsked = proof?.by === 'asked-for' && command.startsWith('revert-smtp');
      holds(isProven || isAsked, `${name}: SMTP went without a proof`);
    }
    for (const run of runs) {
      const removed = reverts.some(({ command }) => command === run.command);
      const saysUntouched = run.error?.hint?.includes('Your SMTP settings are untouched') === true;
      holds(!(saysUntouched && removed), `${run.command}: “untouched”, and SMTP is gone`);
      const isDone = run.error === null && ['migrate', 'revert-smtp'].includes(run.kind);
      if (isDone && since(run))
        holds(site.smtp === null, `${run.command}: done, and SMTP is there`);
    }
    // The last change that was told as done stands, unless another was made at the same time or later.
    const sets = runs.filter(({ kind }) => kind === 'set');
    const last = sets.findLast((run) => run.error === null && since(run));
    if (last !== undefined) {
      const may = sets.filter(({ ended }) => ended >= last.began).map(({ command }) => command);
      holds(may.includes(site.organisation), `${name}: ${last.command} done, ${site.organisation}`);
    }
    if (site.smtp?.password != null) {
      const password = await smtpPassword(site, by.team);
      holds(password === passwordOf(site.smtp), `${name}: its password is ${password}`);
    }
    if (site.gmail?.method === 'oauth') {
      const token = await refreshToken(site, site.gmail, by.team);
      const grant: Grant | undefined = token === null ? undefined : world.google.grantOf(token);
      holds(grant?.subject === site.gmail.subject, `${name}: connected, with the token ${token}`);
    }
  }
  found.push(...(await judgeSecrets(world, by)));
  return found;
}

/** After the next command on each site: what nothing accounts for is gone, and each of the team opens what is left. */
async function judgeSecrets(world: Partitions, by: Computer): Promise<string[]> {
  const found: string[] = [];
  for (const name of NAMES) await by.tidy(name);
  const { recipients, left } = await by.team.list();
  const { rows } = await world.server.query(
    world.url,
    "select site_key, slot, sealed from writeupp_mail.secret where site_key not like '@%'",
  );
  for (const { site_key, slot, sealed } of rows) {
    const site = await by.store.read(site_key);
    const isAccounted = site !== null && accountedSlots(site).has(slot);
    if (!isAccounted) found.push(`${site_key}: ${slot} is nobody’s`);
    for (const [guest, identity] of world.guests) {
      const decrypter = new Decrypter();
      decrypter.addIdentity(identity);
      const canOpen = await decrypter.decrypt(sealed).then(
        () => true,
        () => false,
      );
      const isIn = recipients.some(({ name }) => name === guest);
      if (left === 0 && canOpen !== isIn) {
        found.push(`${guest} ${isIn ? 'can’t open' : 'can still open'} ${slot} of ${site_key}`);
      }
    }
  }
  return found;
}
