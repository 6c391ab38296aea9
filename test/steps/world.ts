/** A site, its secrets, Google and a person, all in memory: a migration runs in it with every port able to fail. */

import { PassThrough } from 'node:stream';
import { DelegatedTokens } from '../../src/connection/delegated-tokens.js';
import type { World as CommandWorld } from '../../src/kit/world.js';
import { holdSite } from '../../src/sites/hold.js';
import { sealed, unsealed } from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import { migrateSite } from '../../src/steps/migrate-site.js';
import type { MigrationOptions } from '../../src/steps/situation.js';
import type { Ask } from '../../src/terminal/prompts.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { type Gate, MemorySecrets, MemorySites } from '../support/memory-store.js';
import { person as answering, twin } from '../support/twin.js';
import { Faults } from './faults.js';
import type { SmallGoogle } from './small-google.js';

export const PASSWORD = 'the SMTP password';

/** What the person does when asked. */
export interface Person {
  /** The account that they sign in with; null for Cancel. */
  readonly account: string | null;
  readonly ticksSend: boolean;
  readonly agreesToOther: boolean;
  /** Has the test message arrived? Null where nobody can be asked. */
  readonly arrived: boolean | null;
  /** Which sender the message shows, as far as the person can tell. */
  readonly sees: 'send-as' | 'account' | 'other';
}

/** What is stored, and what people have said. It outlives the runs. */
export class World {
  readonly sites = new MemorySites();
  readonly secrets = new MemorySecrets();
  /** The ids of test messages by what a person said of them last. */
  readonly said = new Map<string, boolean>();
  /** The account that a person agreed to in this run, beside the one that was expected. */
  agreed: string | null = null;
  readonly google: SmallGoogle;
  readonly #name: string;

  constructor(google: SmallGoogle, given: Partial<Site> = {}) {
    this.google = google;
    const site = aSite({ smtp: SMTP, credentials: 'vault', ...given });
    this.#name = site.name;
    this.sites.put(site);
    const { password } = site.smtp ?? { password: null };
    if (password !== null) this.slots.set('smtp-password', sealed(password.id, PASSWORD));
  }

  get site(): Site {
    const site = this.sites.get(this.#name);
    if (site === null) throw new Error('a migration never removes a site');
    return site;
  }

  get slots() {
    return this.secrets.of(this.#name);
  }

  /** The SMTP password that the record accounts for. */
  get password(): string | null {
    const { id } = this.site.smtp?.password ?? { id: '' };
    return unsealed(this.slots.get('smtp-password') ?? null, id);
  }
}

/** Called at the moment when the SMTP settings are about to be gone, with what is stored just before. */
export type OnDeletion = (before: Site) => void;

export interface RunOptions {
  readonly options: MigrationOptions;
  readonly person: Person;
  readonly faults?: Faults;
  readonly now: () => Date;
  readonly onDeletion: OnDeletion;
  /** Called right before each call of a port: what else happens on this computer then. */
  readonly meanwhile?: (call: string) => void;
}

/** Runs the migration once; the error it ended on, or null. */
export async function runIn(world: World, run: RunOptions): Promise<unknown> {
  const { google, sites } = world;
  const { faults = new Faults() } = run;
  google.faults = faults;
  google.now = run.now;
  google.forgetRefreshes();
  world.agreed = null;
  sites.onWrite = (before, next) => {
    if (before?.smtp != null && next?.smtp == null) run.onDeletion(before);
  };
  const gate: Gate = (call, work) => {
    run.meanwhile?.(call);
    return faults.call(call, work);
  };
  try {
    const here = worldOf(world, run, gate);
    await holdSite(here, world.site.name, (held) => migrateSite(held, run.options, here));
    return null;
  } catch (error) {
    return error;
  } finally {
    google.faults = null;
    sites.loseClaims(run);
  }
}

function worldOf(world: World, run: RunOptions, gate: Gate): CommandWorld {
  const { google, sites, secrets } = world;
  const { person, now } = run;
  const stdin = Object.assign(new PassThrough(), { isTTY: false });
  let opened = '';
  const nobodyElse = () => Promise.reject(new Error('nobody else is here'));
  const delegation = new DelegatedTokens({});
  const base = twin();
  return twin({
    client: async () => ({ id: 'the-client', secret: null }),
    delegation: async () => delegation,
    issuer: {
      id: google.url,
      isStandIn: true,
      discoveryUrl: `${google.url}/.well-known/openid-configuration`,
      gmailRootUrl: `${google.url}/`,
      iamRootUrl: `${google.url}/`,
    },
    now,
    browser: { canOpen: true, open: () => gate('openBrowser', () => false), whyNot: () => [] },
    report: {
      ...base.report,
      signInUrl: (url) => {
        opened = url;
        // Where nobody can be asked, the address that the browser ended on is a line of the input.
        if (person.arrived === null) stdin.write(`${visit(world, person, url)}\n`);
      },
    },
    streams: { ...base.streams, stdin: stdin as unknown as NodeJS.ReadStream },
    ask: person.arrived === null ? null : asking(world, person, gate, () => opened),
    sites: async () => sites.viewOf(run, gate, nobodyElse),
    secrets: () => gate('open', () => secrets.viewOf(run, gate)),
  });
}

/** The message came, and its reference is typed; or it did not, and that is said. */
function asking(world: World, person: Person, gate: Gate, opened: () => string): Ask {
  const { said } = world;
  const test = () => world.site.gmail?.test ?? { id: '' };
  return answering([
    [/^Address:/, () => gate('askForPaste', () => visit(world, person, opened()))],
    [/^Press Enter|Press Enter if/, undefined],
    [
      /signed in, but (.*) was expected|^Send the email of/,
      (question: string) =>
        gate('askAboutAccount', () => {
          if (!person.agreesToOther) return 'stop';
          world.agreed = /^(\S+) signed in/.exec(question)?.[1] ?? person.account;
          return 'use';
        }),
    ],
    [/^Sign in again/, 'stop'],
    [
      /^Type its reference/,
      () =>
        gate('reference', () => {
          const { id } = test();
          if (person.arrived === true) said.set(id, true);
          return person.arrived === true ? (world.google.messages.get(id)?.reference ?? '') : '';
        }),
    ],
    [
      /^What now/,
      () =>
        gate('next', () => {
          said.set(test().id, false);
          return 'not-arrived';
        }),
    ],
    [/^Which sender/, () => gate('sender', () => person.sees)],
  ]);
}

function visit({ google }: World, { account, ticksSend }: Person, url: string): string {
  return google.visit(
    url,
    account === null ? null : google.newGrant(account, { canSend: ticksSend }),
  );
}
