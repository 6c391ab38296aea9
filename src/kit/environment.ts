/** The environment variables that this program knows, read once. */

import { isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import type { CredentialStoreKind } from '../credentials/credential-reader.js';
import { readCredentialStoreKind } from '../credentials/open-credential-store.js';
import { type DnsServer, parseDnsServer } from '../delivery/dns-server.js';
import { MailError } from '../errors.js';
import { realFolder } from '../storage/private-folder.js';
import type { Variables } from './variables.js';

export interface Environment {
  /** The settings folder, absolute: in a rehearsal, the rehearsal's own. */
  readonly home: string;
  readonly site: string | undefined;
  readonly oauthClientPath: string;
  readonly credentials: CredentialStoreKind;
  readonly passphrase: string | undefined;
  readonly googleUrl: string | undefined;
  /** The WriteUpp mail server's address; may contain a password. */
  readonly mailServer: string | undefined;
  /** The address of a shared store; may contain a password. Undefined: files in the settings folder. */
  readonly storeUrl: string | undefined;
  /** When called as sendmail: the spool for messages that can't be sent now. */
  readonly spool: string | undefined;
  /** The token for a backend of WriteUpp’s settings, for scripts; it takes precedence over the stored one. */
  readonly storeToken: string | undefined;
  /** The DNS server to ask about a sender's domain; undefined for this computer's own. */
  readonly dnsServer: DnsServer | undefined;
  /** What the person should know about variables that are ignored. */
  readonly notices: readonly string[];
  readonly forChildren: Variables['forChildren'];
}

/**
 * The folder, inside the settings folder, for everything that belongs to rehearsals. With separate records, locks and
 * secrets, a run against a stand-in can neither see nor change what belongs to the real Google.
 */
const REHEARSAL = 'rehearsal';

/** @throws MailError `invalid-settings` that names the variable */
export function readEnvironment({ given: taken, forChildren: variables }: Variables): Environment {
  const named = setting(taken, 'WRITEUPP_MAIL_HOME');
  const standard = standardFolder(variables);
  const settings = named === undefined ? standard : resolve(named);
  if (settings === null) throw noHome();
  // The folder may be a link: some people keep all their settings in one place.
  const googleUrl = setting(taken, 'WRITEUPP_MAIL_GOOGLE_URL');
  const home = realFolder(googleUrl === undefined ? settings : join(settings, REHEARSAL));
  const client = setting(taken, 'WRITEUPP_MAIL_OAUTH_CLIENT');
  return {
    home,
    site: setting(taken, 'WRITEUPP_MAIL_SITE'),
    oauthClientPath: client === undefined ? join(home, 'oauth-client.json') : absolute(client),
    credentials: readCredentialStoreKind(taken.WRITEUPP_MAIL_CREDENTIALS),
    passphrase: setting(taken, 'WRITEUPP_MAIL_PASSPHRASE'),
    googleUrl,
    mailServer: setting(taken, 'WRITEUPP_MAIL_SERVER'),
    storeUrl: setting(taken, 'WRITEUPP_MAIL_STORE'),
    spool: setting(taken, 'WRITEUPP_MAIL_SPOOL'),
    storeToken: setting(taken, 'WRITEUPP_MAIL_STORE_TOKEN'),
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

/** The platform's folder for settings; null if there is no home folder. @param variables as `correctHome` left them */
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
