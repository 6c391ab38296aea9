/** The commands as runs in the model: the program's own verbs and steps, with everything else in memory. */

import { useConnection } from '../../src/connection/access-token.js';
import { proveAndRecord } from '../../src/connection/connection-history.js';
import { DelegatedTokens } from '../../src/connection/delegated-tokens.js';
import { signOut } from '../../src/connection/disconnect.js';
import { liveKindOf } from '../../src/connection/kinds.js';
import { sendTestMessage } from '../../src/connection/send-test-message.js';
import { sendMessage } from '../../src/google/gmail.js';
import type { World } from '../../src/kit/world.js';
import { changedSite, needsPassword } from '../../src/sites/edit-site.js';
import type { HeldSite } from '../../src/sites/held-site.js';
import { addSite, holdSite } from '../../src/sites/hold.js';
import { smtpPassword } from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import { confirmByPerson } from '../../src/sites/warrant.js';
import { connectSite, isMigrated, migrateSite } from '../../src/steps/migrate-site.js';
import type { MigrationOptions } from '../../src/steps/situation.js';
import { aSite, REFERENCE } from '../sites/a-site.js';
import { person, twin } from '../support/twin.js';
import { type Account, type Grant, ISSUER, visit } from './memory-google.js';
import { Run } from './run.js';
import { ACCOUNTS, type Actor, type ModelWorld, passwordOf } from './world.js';

/** What is run, and what its person says. */
export interface Command {
  readonly kind:
    | 'migrate'
    | 'sign-in'
    | 'sign-out'
    | 'revert-smtp'
    | 'test-connection'
    | 'set'
    | 'remove'
    | 'add'
    | 'send';
  readonly site: string;
  /** Which of the accounts: named with --account, or null; and who signs in at the browser. */
  readonly account: number | null;
  readonly signsInAs: number;
  readonly yes: boolean;
  readonly reauthenticate: boolean;
  readonly agrees: boolean;
  /** Whether the test message came. */
  readonly arrived: boolean;
}

/** A run of a command, ready to start. */
export class CommandRun extends Run implements Actor {
  readonly command: Command;
  readonly refreshed = new Set<Grant>();
  isAskedFor = false;
  isRemoving = false;
  readonly #world: ModelWorld;
  readonly #agreed = new Set<string>();

  constructor(command: Command, world: ModelWorld) {
    super();
    this.command = command;
    this.#world = world;
    visit(this.stop.signal, world.google, this);
    world.actors.push(this);
  }

  get site(): string {
    return this.command.site;
  }

  get kind(): string {
    return this.command.kind;
  }

  get yes(): boolean {
    return this.command.yes;
  }

  signsIn(): Account | null {
    return ACCOUNTS[this.command.signsInAs] ?? null;
  }

  wants(email: string): boolean {
    const { account } = this.command;
    return account === null || ACCOUNTS[account]?.email === email || this.#agreed.has(email);
  }

  agreesTo({ email }: Account): boolean {
    if (this.command.agrees) this.#agreed.add(email);
    return this.command.agrees;
  }

  accepted(grant: Grant): void {
    this.refreshed.add(grant);
  }

  sent(grant: Grant, account: string): void {
    if (ACCOUNTS.find(({ email }) => email === account)?.subject === grant.subject) return;
    this.#world.violations.add('a message left by another account than the one on record');
  }

  begin(): Promise<void> {
    return this.start(() => this.#act());
  }

  readonly #delegation = new DelegatedTokens({});

  get #twin(): World {
    const { sites, secrets } = this.#world;
    const { signal } = this.stop;
    return twin({
      client: async () => ({ id: 'the-client', secret: null }),
      delegation: async () => this.#delegation,
      issuer: { id: ISSUER, isStandIn: false, discoveryUrl: '', gmailRootUrl: '', iamRootUrl: '' },
      now: () => new Date(),
      command: this.kind,
      signal,
      ask: this.#person(),
      sites: async () => sites.viewOf(this, this.gate, this.waiting()),
      secrets: () => this.gate('open', () => secrets.viewOf(this, this.gate)),
    });
  }

  #person() {
    const { arrived, site } = this.command;
    const { said, sites } = this.#world;
    const test = () => sites.get(site)?.gmail?.test ?? { id: '' };
    return person([
      [/Press Enter/, undefined],
      [
        /^Type its reference/,
        () =>
          this.gate('ask for the reference', () => {
            const { id } = test();
            if (arrived) said.set(id, true);
            return arrived ? REFERENCE : '';
          }),
      ],
      [
        /^What now/,
        () =>
          this.gate('ask what now', () => {
            said.set(test().id, false);
            return 'not-arrived';
          }),
      ],
      [/^Which sender/, 'send-as'],
    ]);
  }

  get #options(): MigrationOptions {
    const { account, yes, reauthenticate } = this.command;
    return {
      yes,
      reauthenticate,
      serviceAccount: null,
      account: account === null ? null : (ACCOUNTS[account]?.email ?? null),
      to: null,
      reference: null,
      useBrowser: true,
      readFirst: true,
      timeoutMs: 1_000,
    };
  }

  async #act(): Promise<void> {
    const world = this.#twin;
    if (this.kind === 'send') return this.#send(world);
    if (this.kind === 'add') {
      // What can't be added whole, it takes away again.
      this.isAskedFor = true;
      this.isRemoving = true;
      const smtp = aSmtp('first.example');
      await addSite(aSite({ name: this.site, smtp }), passwordOf(smtp), world);
      return;
    }
    await holdSite(world, this.site, (held) => this.#onHeld(held, world));
  }

  async #onHeld(held: HeldSite, world: World): Promise<void> {
    switch (this.kind) {
      case 'migrate':
        return this.#migrate(held, world);
      case 'sign-in':
        await connectSite(held, this.#options, world);
        return;
      case 'sign-out':
        return this.#signOut(held, world);
      case 'revert-smtp':
        return this.#revert(held);
      case 'test-connection': {
        const live = await proveAndRecord(held, world);
        await sendTestMessage(held, live, held.site.login, world);
        return;
      }
      case 'set':
        return this.#set(held);
      case 'remove':
        return this.#remove(held);
    }
  }

  async #migrate(held: HeldSite, world: World): Promise<void> {
    if (await isMigrated(held, this.#options, world)) return;
    await migrateSite(held, this.#options, world);
  }

  async #signOut(held: HeldSite, world: World): Promise<void> {
    const { gmail } = held.site;
    if (gmail === null) return held.tidy();
    await liveKindOf(gmail).sharing(await world.sites(), held.site.name, gmail);
    await this.gate('ask to sign out', () => undefined);
    await held.proveCredentials();
    await signOut(held, !this.command.agrees, world);
  }

  async #revert(held: HeldSite): Promise<void> {
    if (held.site.smtp === null) return held.tidy();
    if (held.site.credentials !== null) await held.proveCredentials();
    await this.gate('ask to revert', () => {
      this.isAskedFor = true;
    });
    await held.revertSmtp(confirmByPerson(), new Date());
  }

  /** Another server with its password, or the same one's password anew; or another name of the practice. */
  async #set(held: HeldSite): Promise<void> {
    const { agrees, yes } = this.command;
    const smtpHost = agrees ? 'second.example' : 'first.example';
    const fields = yes ? { organisation: `${smtpHost} Physio` } : { smtpHost };
    const changed = changedSite(held.site, fields);
    const password =
      this.command.arrived && changed.smtp !== null ? passwordOf(changed.smtp) : null;
    if (password === null && needsPassword(held.site, changed)) return;
    await held.change(changed, password);
  }

  async #remove(held: HeldSite): Promise<void> {
    await this.gate('ask to remove', () => {
      this.isAskedFor = true;
    });
    if (held.site.credentials !== null) await held.proveCredentials();
    this.isRemoving = true;
    await held.remove();
  }

  /** One message by the pathway, without holding the site. */
  async #send(world: World): Promise<void> {
    const site = await (await world.sites()).read(this.site);
    if (site === null) return;
    if (site.smtp !== null) {
      const password = await smtpPassword(site, await world.secrets());
      if (password === null || password === passwordOf(site.smtp)) return;
      this.#world.violations.add('a message goes to a server with the password of another');
    } else if (site.gmail !== null) {
      const { connection, accessToken } = await useConnection(site, world);
      await sendMessage(world.issuer, accessToken.token, [], this.stop.signal, {
        account: connection.email,
      } as never);
    }
  }
}

function aSmtp(host: string): NonNullable<Site['smtp']> {
  return {
    host,
    port: 587,
    security: 'starttls',
    user: 'info@harbour-physio.example',
    from: null,
    password: null,
  };
}
