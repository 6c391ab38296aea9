/** A site, its secrets, Google and a person, all in memory: a migration runs in it with every port able to fail. */

import type { Slot } from '../../src/credentials/credential-reader.js';
import type { CredentialStore } from '../../src/credentials/credential-store.js';
import { migrateSite } from '../../src/migration/migrate-site.js';
import type { MigrationOptions, MigrationPorts } from '../../src/migration/migration-run.js';
import { clearUnaccountedSecrets } from '../../src/sites/secrets.js';
import type { Site } from '../../src/sites/site.js';
import type { SiteSession } from '../../src/sites/site-session.js';
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
}

/** What is stored, and what people have said. It outlives the runs. */
export interface World {
  site: Site;
  readonly secrets: Map<Slot, string>;
  /** The ids of test messages by what a person said of them last. */
  readonly said: Map<string, boolean>;
  /** The account that a person agreed to in this run, beside the one that was expected. */
  agreed: string | null;
  readonly google: SmallGoogle;
}

/** Called at the moment when the SMTP settings are about to be gone, with what is stored just before. */
export type OnDeletion = (before: Site) => void;

export interface RunOptions {
  readonly options: MigrationOptions;
  readonly person: Person;
  readonly faults?: Faults;
  readonly now: () => Date;
  readonly onDeletion: OnDeletion;
}

/** Runs the migration once; the error it ended on, or null. */
export async function runIn(world: World, run: RunOptions): Promise<unknown> {
  const { google } = world;
  google.faults = run.faults ?? new Faults();
  google.now = run.now;
  google.forgetRefreshes();
  world.agreed = null;
  try {
    const ports = portsOf(world, run);
    // As the command does: what a killed run left behind goes first.
    await clearUnaccountedSecrets(world.site, ports.credentials);
    await migrateSite(sessionOn(world, run), run.options, ports);
    return null;
  } catch (error) {
    return error;
  } finally {
    google.faults = null;
  }
}

function sessionOn(world: World, { faults = new Faults(), onDeletion }: RunOptions): SiteSession {
  let site = world.site;
  return {
    get site() {
      return site;
    },
    update: (change) =>
      faults.call('update', () => {
        const next = { ...site, ...change };
        if (world.site.smtp !== null && next.smtp === null) onDeletion(world.site);
        world.site = next;
        site = next;
        return next;
      }),
    reread: () =>
      faults.call('reread', () => {
        site = world.site;
        return site;
      }),
    remove: async () => {
      throw new Error('a migration never removes a site');
    },
  };
}

function credentialsOf({ secrets }: World, faults: Faults): CredentialStore {
  return {
    kind: 'vault',
    description: 'a vault in memory',
    get: (_key, slot) => faults.call(`get ${slot}`, () => secrets.get(slot) ?? null),
    set: (_key, slot, secret) => faults.call(`set ${slot}`, () => void secrets.set(slot, secret)),
    delete: (_key, slot) => faults.call(`delete ${slot}`, () => secrets.delete(slot)),
    prove: () => faults.call('prove', () => undefined),
    close: async () => undefined,
  };
}

function portsOf(world: World, { person, faults = new Faults(), now }: RunOptions): MigrationPorts {
  const { google } = world;
  const signal = new AbortController().signal;
  let opened = '';
  return {
    client: { id: 'the-client', secret: null },
    credentials: credentialsOf(world, faults),
    issuer: {
      id: google.url,
      isStandIn: true,
      discoveryUrl: `${google.url}/.well-known/openid-configuration`,
      gmailRootUrl: `${google.url}/`,
    },
    now,
    signal,
    signIn: {
      openBrowser: () => faults.call('openBrowser', () => false),
      browserOpened: () => undefined,
      showUrl: (url) => {
        opened = url;
      },
      askForPaste: () => faults.call('askForPaste', () => visit(world, person, opened)),
      pasteNotUnderstood: (why) => {
        throw new Error(why);
      },
      waitForEnter: null,
      askAboutAccount: ({ actual }) =>
        faults.call('askAboutAccount', () => {
          if (person.agreesToOther) world.agreed = actual;
          return person.agreesToOther ? 'use' : 'stop';
        }),
      askAboutRefusal: null,
      signal,
    },
    report: { started: () => undefined, ended: () => undefined, failed: () => undefined },
    storeDescription: 'memory',
    describeSender: () => faults.call('describeSender', () => []),
    confirmReceipt:
      person.arrived === null
        ? null
        : (test) =>
            faults.call('confirmReceipt', () => {
              world.said.set(test.id, person.arrived === true);
              return person.arrived === true;
            }),
  };
}

function visit({ google }: World, { account, ticksSend }: Person, url: string): string {
  return google.visit(
    url,
    account === null ? null : google.newGrant(account, { canSend: ticksSend }),
  );
}
