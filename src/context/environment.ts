/** The environment variables that this program knows, read once. */

import { isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import type { CredentialStoreKind } from '../credentials/credential-reader.js';
import { readCredentialStoreKind } from '../credentials/open-credential-store.js';
import { type DnsServer, parseDnsServer } from '../delivery/dns-server.js';
import { MailError } from '../errors.js';
import type { Variables } from './variables.js';

/** What the environment says. */
export interface Environment {
  /** The settings folder, absolute: in a rehearsal, the rehearsal's own. */
  readonly home: string;
  /** True for the folder that is used when nothing is said. */
  readonly isDefaultHome: boolean;
  /** The folder that is used when nothing is said; null where none can be found. */
  readonly standardHome: string | null;
  readonly site: string | undefined;
  readonly oauthClientPath: string;
  readonly credentials: CredentialStoreKind;
  readonly passphrase: string | undefined;
  readonly googleUrl: string | undefined;
  /** The WriteUpp mail server's address; may hold a password. */
  readonly mailServer: string | undefined;
  /** The address of a shared store; may hold a password. Undefined: files in the settings folder. */
  readonly storeUrl: string | undefined;
  /** Where the DNS is asked about a sender's domain; undefined for the servers of this computer. */
  readonly dnsServer: DnsServer | undefined;
  /** What the person should know of variables that are not honoured. */
  readonly notices: readonly string[];
  readonly forChildren: Variables['forChildren'];
}

/**
 * The folder, inside the settings folder, of all that belongs to rehearsals. With records, locks and secrets of its
 * own, a run against a stand-in can neither see nor change what belongs to the real Google.
 */
const REHEARSAL = 'rehearsal';

/** Reads what was given. @throws MailError `invalid-settings` that names the variable */
export function readEnvironment({ given: taken, forChildren: variables }: Variables): Environment {
  const named = setting(taken, 'WRITEUPP_MAIL_HOME');
  const standard = standardFolder(variables);
  const settings = named === undefined ? standard : resolve(named);
  if (settings === null) throw noHome();
  const googleUrl = setting(taken, 'WRITEUPP_MAIL_GOOGLE_URL');
  const home = googleUrl === undefined ? settings : join(settings, REHEARSAL);
  const client = setting(taken, 'WRITEUPP_MAIL_OAUTH_CLIENT');
  return {
    home,
    isDefaultHome: home === standard,
    standardHome: standard,
    site: setting(taken, 'WRITEUPP_MAIL_SITE'),
    oauthClientPath: client === undefined ? join(home, 'oauth-client.json') : absolute(client),
    credentials: readCredentialStoreKind(taken.WRITEUPP_MAIL_CREDENTIALS),
    passphrase: setting(taken, 'WRITEUPP_MAIL_PASSPHRASE'),
    googleUrl,
    mailServer: setting(taken, 'WRITEUPP_MAIL_SERVER'),
    storeUrl: setting(taken, 'WRITEUPP_MAIL_STORE'),
    dnsServer: readDnsServer(setting(taken, 'WRITEUPP_MAIL_DNS')),
    notices:
      taken.NODE_TLS_REJECT_UNAUTHORIZED === '0'
        ? ['NODE_TLS_REJECT_UNAUTHORIZED is ignored: certificates are always checked.']
        : [],
    forChildren: variables,
  };
}

function readDnsServer(text: string | undefined): DnsServer | undefined {
  if (text === undefined) return undefined;
  const server = parseDnsServer(text);
  if (server !== null) return server;
  throw new MailError(
    'invalid-settings',
    'WRITEUPP_MAIL_DNS is not the address of a DNS server.',
    'Write a host and, if it is not 53, its port, for example WRITEUPP_MAIL_DNS=127.0.0.1:5300; or unset it.',
  );
}

/**
 * The platform's folder for settings; null where there is no home folder.
 *
 * @param variables as `mendHome` left them
 */
function standardFolder({ HOME }: NodeJS.ProcessEnv): string | null {
  if (process.platform !== 'win32' && HOME === '') return null;
  return envPaths('writeupp-mail', { suffix: '' }).config;
}

function noHome(): MailError {
  return new MailError(
    'invalid-settings',
    'No home folder was found: HOME is not set, or not a whole path, and the system names none for this account.',
    'Set HOME, or name a settings folder: WRITEUPP_MAIL_HOME=/path/to/folder',
  );
}

/** An empty variable counts as unset, as the NO_COLOR convention and most shells' users expect. */
function setting(variables: NodeJS.ProcessEnv, name: string): string | undefined {
  const value = variables[name];
  return value === undefined || value === '' ? undefined : value;
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : resolve(path);
}
