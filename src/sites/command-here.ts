import { MailError } from '../errors.js';
import { namingSite, siteCommand } from '../text/command-line.js';
import type { Stores } from './hold.js';
import { isAlone, namesAsWritten } from './require-site.js';

/** A command for a person to type: without the site's name, where it is the only site on record. */
export async function commandHere(
  world: Pick<Stores, 'sites'>,
  command: string,
  site: string,
  ...args: readonly string[]
): Promise<string> {
  return siteCommand(command, (await isAlone(await world.sites())) ? undefined : site, ...args);
}

/**
 * The hint of an error, whether it is thrown or told, with its commands as short as they can be typed here. Never
 * throws: where the sites can't be read, the name stays.
 */
export async function hintHere(world: Pick<Stores, 'sites'>, hint: string): Promise<string> {
  // Most hints name no site: then nothing is read for them.
  if (!hint.includes(NAMING)) return hint;
  try {
    const store = await world.sites();
    if (!(await isAlone(store))) return hint;
    const [only] = await namesAsWritten(store);
    return only === undefined ? hint : hint.replaceAll(namingSite(only), '');
  } catch {
    return hint;
  }
}

/** An error that is told of one thing among others, and ends no command. */
export async function errorHere(
  world: Pick<Stores, 'sites'>,
  error: MailError,
): Promise<MailError> {
  return error.with({ hint: await hintHere(world, error.hint) });
}

/** Throws on what work failed with, as `errorHere`: `.catch(throwHere(world))`. What is no MailError passes. */
export function throwHere(world: Pick<Stores, 'sites'>): (error: unknown) => Promise<never> {
  return async (error) => {
    throw error instanceof MailError ? await errorHere(world, error) : error;
  };
}

/** How the naming of any site begins. */
const NAMING = namingSite('NAME').replace(/NAME$/, '');
