import { MailError } from '../errors.js';
import { namingSite, siteCommand } from '../text/command-line.js';
import type { Stores } from './hold.js';
import { hasOnlyOneSite, namesAsWritten } from './require-site.js';

/** A command for a person to type: without the site's name if there is only one site. */
export async function commandHere(
  world: Pick<Stores, 'sites'>,
  command: string,
  site: string,
  ...args: readonly string[]
): Promise<string> {
  const isOnly = await hasOnlyOneSite(await world.sites());
  return siteCommand(command, isOnly ? undefined : site, ...args);
}

/**
 * The hint of an error, whether thrown or reported, with its commands as short as they can be typed here. Never throws:
 * if the sites can't be read, the name stays.
 */
export async function hintHere(world: Pick<Stores, 'sites'>, hint: string): Promise<string> {
  // Most hints name no site: then nothing needs to be read.
  if (!hint.includes(NAMING)) return hint;
  try {
    const store = await world.sites();
    if (!(await hasOnlyOneSite(store))) return hint;
    const [only] = await namesAsWritten(store);
    return only === undefined ? hint : hint.replaceAll(namingSite(only), '');
  } catch {
    return hint;
  }
}

/** An error that is reported among other things, without ending the command. */
export async function errorHere(
  world: Pick<Stores, 'sites'>,
  error: MailError,
): Promise<MailError> {
  return error.with({ hint: await hintHere(world, error.hint) });
}

/**
 * Rethrows, with `errorHere` applied: `.catch(throwHere(world))`. Anything that is not a MailError passes unchanged.
 */
export function throwHere(world: Pick<Stores, 'sites'>): (error: unknown) => Promise<never> {
  return async (error) => {
    throw error instanceof MailError ? await errorHere(world, error) : error;
  };
}

/** How the option that names a site begins. */
const NAMING = namingSite('NAME').replace(/NAME$/, '');
