/** A place where sites are on record, with the stores of their secrets: files of a settings folder, or a database. */

import { hostname, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import type { CredentialStoreKind } from '../credentials/credential-reader.js';
import type { CredentialStore } from '../credentials/credential-store.js';
import type { KeychainOptions } from '../credentials/keychain.js';
import { openCredentialStore } from '../credentials/open-credential-store.js';
import type { TeamOptions, TeamPeople } from '../credentials/team.js';
import { MailError } from '../errors.js';
import type { SiteStore } from '../sites/site-store.js';
import { checkSettingsFolder } from '../storage/private-folder.js';
import { keychainService, type SettingsFolder } from '../storage/settings-folder.js';
import type { PostgresSiteStore } from '../stores/postgres/postgres-site-store.js';
import type { Prompts } from '../terminal/prompts.js';
import type { Environment } from './environment.js';

/** Where a place is. */
export interface Where extends SettingsFolder {
  /** Undefined: files in the settings folder. */
  readonly storeUrl: string | undefined;
}

/** What opening one needs. */
export interface PlacePorts {
  readonly environment: Pick<Environment, 'passphrase' | 'forChildren'>;
  readonly prompts: Prompts | null;
  readonly signal: AbortSignal;
  readonly isRehearsal: boolean;
  readonly readOnly: boolean;
  readonly note: (line: string) => void;
}

/** A place that is open. */
export interface Place {
  readonly store: SiteStore;
  /** The store of secrets of that kind; opened once. @throws MailError `invalid-settings` */
  credentials(kind: CredentialStoreKind): Promise<CredentialStore>;
  /** Who can open the secrets of a shared store. @throws MailError `invalid-settings` where there is none */
  team(): Promise<TeamPeople>;
  close(): Promise<void>;
}

/** @throws MailError of the stores */
export async function openPlace(where: Where, ports: PlacePorts): Promise<Place> {
  const { isRehearsal, readOnly } = ports;
  // A rehearsal's folder is inside the settings folder.
  for (const folder of isRehearsal ? [dirname(where.home), where.home] : [where.home]) {
    await checkSettingsFolder(folder, readOnly);
  }
  const shared = await openShared(where, ports);
  const store = shared ?? (await filesOf(where));
  const opened = new Map<CredentialStoreKind, Promise<CredentialStore>>();
  return {
    store,
    credentials(kind) {
      const found = opened.get(kind) ?? openCredentials(kind, where, shared, ports);
      opened.set(kind, found);
      return found;
    },
    async team() {
      const [{ openTeam }, options] = await Promise.all([
        import('../credentials/team.js'),
        teamOptions(where, shared, ports),
      ]);
      return openTeam(options);
    },
    async close() {
      for (const each of opened.values()) await (await each.catch(() => null))?.close();
      await shared?.close();
    },
  };
}

async function filesOf(where: Where): Promise<SiteStore> {
  const { openFileSiteStore } = await import('../stores/files/file-site-store.js');
  return openFileSiteStore(where);
}

async function openShared(
  { storeUrl }: Where,
  { isRehearsal, readOnly, signal, note }: PlacePorts,
): Promise<PostgresSiteStore | null> {
  if (storeUrl === undefined) return null;
  const { openPostgresSiteStore } = await import('../stores/postgres/postgres-site-store.js');
  return openPostgresSiteStore(storeUrl, {
    ...{ isRehearsal, readOnly, signal },
    onWait: (database) => note(`Waiting for ${database} …`),
  });
}

async function openCredentials(
  kind: CredentialStoreKind,
  where: Where,
  shared: PostgresSiteStore | null,
  ports: PlacePorts,
): Promise<CredentialStore> {
  const { environment, prompts, readOnly } = ports;
  return openCredentialStore(kind, {
    keychain: () => keychainOptions(where, shared, ports),
    vault: {
      folder: join(where.home, shared === null ? 'vault' : `vault-${shared.id}`),
      readOnly,
      passphrase: ({ creating }) => askPassphrase(environment.passphrase, prompts, creating),
    },
    team: () => teamOptions(where, shared, ports),
  });
}

/** Sites of two stores can have one name: on this computer, the secrets of each are kept apart. */
async function keychainOptions(
  where: Where,
  shared: PostgresSiteStore | null,
  { environment, prompts, readOnly, note }: PlacePorts,
): Promise<KeychainOptions> {
  return {
    service:
      shared === null ? await keychainService(where, readOnly) : `writeupp-mail (${shared.id})`,
    environment: environment.forChildren,
    interactive: prompts !== null,
    readOnly,
    onSlow: (isPrompt: boolean) =>
      note(
        isPrompt
          ? 'Waiting for the keychain … A window may be asking for your password.'
          : 'Waiting for the keychain …',
      ),
  };
}

async function teamOptions(
  where: Where,
  shared: PostgresSiteStore | null,
  ports: PlacePorts,
): Promise<TeamOptions> {
  if (shared === null) throw noTeam();
  const [{ openTeamTable }, { openKeychain }] = await Promise.all([
    import('../stores/postgres/team-table.js'),
    import('../credentials/keychain.js'),
  ]);
  return {
    secrets: openTeamTable(shared.database, shared.schema),
    keychain: openKeychain(await keychainOptions(where, shared, ports)),
    me: whoAmI(),
    readOnly: ports.readOnly,
    onNote: ports.note,
  };
}

/** The error of team secrets without a shared store. */
export function noTeam(): MailError {
  return new MailError(
    'invalid-settings',
    'The secrets of a team are kept in a shared store, and WRITEUPP_MAIL_STORE names none.',
    'Set WRITEUPP_MAIL_STORE to the address of the database that the team shares; or unset WRITEUPP_MAIL_CREDENTIALS to use the keychain.',
  );
}

/** For the others of the team to read. */
function whoAmI(): string {
  try {
    return `${userInfo().username}@${hostname()}`;
  } catch {
    return hostname();
  }
}

async function askPassphrase(
  known: string | undefined,
  prompts: Prompts | null,
  creating: boolean,
): Promise<string | undefined> {
  if (known !== undefined || prompts === null) return known;
  if (!creating) return prompts.secret('Passphrase of the vault:', () => null);
  const first = await prompts.secret(
    'Choose a passphrase for the vault (8 characters or more):',
    (answer) => (answer.length < 8 ? 'Please use 8 characters or more.' : null),
  );
  await prompts.secret('Type it once more:', (answer) =>
    answer === first ? null : 'This is not the same passphrase.',
  );
  return first;
}
