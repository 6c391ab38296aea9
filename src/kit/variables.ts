/** The process's environment variables, parted: what this program was given, and what is left for others. */

/** Parted variables. */
export interface Variables {
  /** All that was set. */
  readonly given: Readonly<NodeJS.ProcessEnv>;
  /**
   * What the libraries and the children (the browser, the keychain helper) see: all but the secrets and what is
   * harmful. It is the process's own environment.
   */
  readonly forChildren: NodeJS.ProcessEnv;
}

/** Variables that hold a secret or may: a program that we start has no business with them. */
export const SECRET = [
  ...['WRITEUPP_MAIL_PASSPHRASE', 'WRITEUPP_MAIL_SERVER', 'WRITEUPP_MAIL_STORE'],
  'WRITEUPP_MAIL_STORE_TOKEN',
] as const;

/** Set for the command of `--notify`: under it, our own sendmail refuses, since news of a blocked way would wait behind it. */
export const NOTIFYING = 'WRITEUPP_MAIL_NOTIFYING';

/**
 * Variables that make libraries print tokens and proxy passwords (google-logging-utils, debug) or send them to another
 * host (googleapis-common, universe domain), and the one that turns the check of certificates off.
 */
const HARMFUL = [
  ...['GOOGLE_SDK_NODE_LOGGING', 'GOOGLE_CLOUD_UNIVERSE_DOMAIN', 'NODE_DEBUG', 'DEBUG'],
  'NODE_TLS_REJECT_UNAUTHORIZED',
] as const;

/**
 * Takes secrets and what is harmful out of the environment. To be called before any library is loaded: some read it
 * as they are loaded.
 *
 * @param variables changed: the process's own
 */
export function partVariables(variables: NodeJS.ProcessEnv): Variables {
  const given = { ...variables };
  for (const name of [...SECRET, ...HARMFUL]) delete variables[name];
  return { given, forChildren: variables };
}
