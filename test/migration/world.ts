/** A site, its secrets, Google and a person, all in memory: a migration runs in it with every port able to fail. */

import { DelegatedTokens } from '../../src/connection/delegated-tokens.js';
import { type MigrationPorts, migrateSite } from '../../src/migration/migrate-site.js';
import type { MigrationOptions, ReceiptQuestions } from '../../src/migration/situation.js';
import { holdSite } from '../../src/sites/hold.js';
import { sealed, unsealed } from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import { aSite, SMTP } from '../sites/a-site.js';
import { type Gate, MemorySecrets, MemorySites } from '../support/memory-store.js';
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
  const signal = new AbortController().signal;
  const ports = {
    store: sites.viewOf(run, gate, () => Promise.reject(new Error('nobody else is here'))),
    lock: { command: 'migrate', signal, onWait: () => undefined },
    openCredentials: () => gate('open', () => world.secrets.viewOf(run, gate)),
  };
  try {
    await holdSite(world.site.name, ports, (held) =>
      migrateSite(held, run.options, portsOf(world, run, gate)),
    );
    return null;
  } catch (error) {
    return error;
  } finally {
    google.faults = null;
    sites.loseClaims(run);
  }
}

function portsOf(world: World, { person, now }: RunOptions, gate: Gate): MigrationPorts {
  const { google } = world;
  const signal = new AbortController().signal;
  let opened = '';
  return {
    assessDelivery: null,
    deps: {
      client: async () => ({ id: 'the-client', secret: null }),
      delegation: new DelegatedTokens({}),
      issuer: {
        id: google.url,
        isStandIn: true,
        discoveryUrl: `${google.url}/.well-known/openid-configuration`,
        gmailRootUrl: `${google.url}/`,
        iamRootUrl: `${google.url}/`,
      },
      now,
      signal,
    },
    signIn: {
      openBrowser: () => gate('openBrowser', () => false),
      browserOpened: () => undefined,
      showUrl: (url) => {
        opened = url;
      },
      askForPaste: () => gate('askForPaste', () => visit(world, person, opened)),
      pasteNotUnderstood: (why) => {
        throw new Error(why);
      },
      waitForEnter: null,
      askAboutAccount: ({ actual }) =>
        gate('askAboutAccount', () => {
          if (person.agreesToOther) world.agreed = actual;
          return person.agreesToOther ? 'use' : 'stop';
        }),
      askAboutRefusal: null,
      signal,
    },
    report: { started: () => undefined, ended: () => undefined, failed: () => undefined },
    receipt: person.arrived === null ? null : questions(world, person, gate),
  };
}

/** The message came, and its reference is typed; or it did not, and that is said. */
function questions({ said }: World, { arrived, sees }: Person, gate: Gate): ReceiptQuestions {
  return {
    anotherSender: async () => undefined,
    reference: ({ id, reference }) =>
      gate('reference', () => {
        if (arrived === true) said.set(id, true);
        return arrived === true ? reference : null;
      }),
    next: ({ id }) =>
      gate('next', () => {
        said.set(id, false);
        return 'not-arrived' as const;
      }),
    sender: () => gate('sender', () => sees),
  };
}

function visit({ google }: World, { account, ticksSend }: Person, url: string): string {
  return google.visit(
    url,
    account === null ? null : google.newGrant(account, { canSend: ticksSend }),
  );
}
