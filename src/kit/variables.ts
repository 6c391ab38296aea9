/** The process's environment variables, split into those this program was given and those that others may see. */

export interface Variables {
  /** Everything that was set. */
  readonly given: Readonly<NodeJS.ProcessEnv>;
  /**
   * What libraries and child processes (the browser, the keychain helper) see: everything but secrets and harmful
   * variables. This is the process's own environment.
   */
  readonly forChildren: NodeJS.ProcessEnv;
}

/** Variables that hold a secret, or may: a program that we start has no business with them. */
export const SECRET = [
  ...['WRITEUPP_MAIL_PASSPHRASE', 'WRITEUPP_MAIL_SERVER', 'WRITEUPP_MAIL_STORE'],
  'WRITEUPP_MAIL_STORE_TOKEN',
] as const;

/**
 * Set for the command of `--notify`: our own sendmail then refuses, since news of a blocked pathway would queue behind
 * it.
 */
export const NOTIFYING = 'WRITEUPP_MAIL_NOTIFYING';

/**
 * Variables that make libraries print tokens and proxy passwords (google-logging-utils, debug) or send them to another
 * host (googleapis-common, universe domain), and the one that disables the checking of certificates.
 */
const HARMFUL = [
  ...['GOOGLE_SDK_NODE_LOGGING', 'GOOGLE_CLOUD_UNIVERSE_DOMAIN', 'NODE_DEBUG', 'DEBUG'],
  'NODE_TLS_REJECT_UNAUTHORIZED',
] as const;

/**
 * Removes secrets and harmful variables from the environment. Must be called before any library is loaded: some read it
 * on loading.
 *
 * @param variables the process's own, which are changed
 */
export function partVariables(variables: NodeJS.ProcessEnv): Variables {
  const given = { ...variables };
  for (const name of [...SECRET, ...HARMFUL]) delete variables[name];
  return { given, forChildren: variables };
}
