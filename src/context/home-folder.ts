/** The home folder in the environment, put right before a library reads it: env-paths does as it is loaded. */

import { isAbsolute } from 'node:path';

/**
 * A HOME or XDG_CONFIG_HOME that is empty or relative would put the settings into whatever folder the program is
 * started in: then it is the account's home, and the default below it (XDG Base Directory Specification: "All paths
 * set in these environment variables must be absolute").
 *
 * @param variables changed in that case; HOME is empty then where the system names no home for the account
 */
export async function mendHome(variables: NodeJS.ProcessEnv): Promise<void> {
  if (process.platform === 'win32') return;
  if (!isAbsolute(variables.HOME ?? '')) variables.HOME = await accountHome();
  if (!isAbsolute(variables.XDG_CONFIG_HOME ?? '/')) delete variables.XDG_CONFIG_HOME;
}

async function accountHome(): Promise<string> {
  const { userInfo } = await import('node:os');
  try {
    const { homedir } = userInfo();
    return isAbsolute(homedir) ? homedir : '';
  } catch {
    // The account is not in the system's list, as in a container that runs under a number alone.
    return '';
  }
}
