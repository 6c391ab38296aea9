/** The environment variables that this program knows, read once; secrets among them are not passed on to children. */

import { isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import type { CredentialStoreKind } from '../credentials/credential-reader.js';
import { readCredentialStoreKind } from '../credentials/open-credential-store.js';
import { type DnsServer, parseDnsServer } from '../delivery/dns-server.js';
import { MailError } from '../errors.js';

/** What the environment says. */
export interface Environment {
  /** The settings folder, absolute: in a rehearsal, the rehearsal's own. */
  readonly home: string;
  /** True for the folder that is used when nothing is said. */
  readonly isDefaultHome: boolean;
  readonly site: string | undefined;
  readonly oauthClientPath: string;
  readonly credentials: CredentialStoreKind;
  readonly passphrase: string | undefined;
  readonly googleUrl: string | undefined;
  /** The WriteUpp mail server's address; may hold a password. */
  readonly mailServer: string | undefined;
  /** Where the DNS is asked about a sender's domain; undefined for the servers of this computer. */
  readonly dnsServer: DnsServer | undefined;
  /** What children (the browser, the keychain helper) may see: everything but the secrets. */
  readonly forChildren: NodeJS.ProcessEnv;
}

/**
 * The folder, inside the settings folder, of all that belongs to rehearsals. With records, locks and secrets of its
 * own, a run against a stand-in can neither see nor change what belongs to the real Google.
 */
const REHEARSAL = 'rehearsal';

/** Variables that hold a secret or may: a program that we start has no business with them. */
const SECRET = ['WRITEUPP_MAIL_PASSPHRASE', 'WRITEUPP_MAIL_SERVER', 'WRITEUPP_MAIL_STORE'] as const;

/**
 * Variables that make libraries print tokens (google-logging-utils) or send them to another host
 * (googleapis-common, universe domain).
 */
const HARMFUL = ['GOOGLE_SDK_NODE_LOGGING', 'GOOGLE_CLOUD_UNIVERSE_DOMAIN', 'NODE_DEBUG'] as const;

/**
 * Takes what is needed out of the environment and leaves it clean: the browser is started with what is left.
 *
 * @param variables changed: the secrets and what is harmful are removed
 * @throws MailError `invalid-settings` that names the variable
 */
export function readEnvironment(variables: NodeJS.ProcessEnv): Environment {
  const taken = { ...variables };
  for (const name of [...SECRET, ...HARMFUL]) delete variables[name];
  refuseWhatIsNotThere(taken);
  const named = setting(taken, 'WRITEUPP_MAIL_HOME');
  const standard = envPaths('writeupp-mail', { suffix: '' }).config;
  const googleUrl = setting(taken, 'WRITEUPP_MAIL_GOOGLE_URL');
  const settings = named === undefined ? standard : resolve(named);
  const home = googleUrl === undefined ? settings : join(settings, REHEARSAL);
  const client = setting(taken, 'WRITEUPP_MAIL_OAUTH_CLIENT');
  return {
    home,
    isDefaultHome: home === standard,
    site: setting(taken, 'WRITEUPP_MAIL_SITE'),
    oauthClientPath: client === undefined ? join(home, 'oauth-client.json') : absolute(client),
    credentials: readCredentialStoreKind(taken.WRITEUPP_MAIL_CREDENTIALS),
    passphrase: setting(taken, 'WRITEUPP_MAIL_PASSPHRASE'),
    googleUrl,
    mailServer: setting(taken, 'WRITEUPP_MAIL_SERVER'),
    dnsServer: readDnsServer(setting(taken, 'WRITEUPP_MAIL_DNS')),
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

/** A shared store that is asked for and silently not used would look for sites in the wrong place. */
function refuseWhatIsNotThere(variables: NodeJS.ProcessEnv): void {
  if (setting(variables, 'WRITEUPP_MAIL_STORE') === undefined) return;
  throw new MailError(
    'invalid-settings',
    'WRITEUPP_MAIL_STORE is set, but this version keeps its records in files only.',
    'Unset WRITEUPP_MAIL_STORE and run the command again.',
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
