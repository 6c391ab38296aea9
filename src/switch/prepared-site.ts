/** `migrate --from FILE`: the one practice that support has prepared, put on record or found there unchanged. */

import { MailError } from '../errors.js';
import type { Row } from '../formats/rows.js';
import { type OAuthClient, parseOAuthClient } from '../google/oauth-client-file.js';
import { keepClient } from '../kit/client-file.js';
import { importSites } from '../kit/import-sites.js';
import { planImport, type RowPlan } from '../kit/plan-import.js';
import { readSiteFile } from '../kit/read-site-file.js';
import { requireCan } from '../kit/require-can.js';
import type { World } from '../kit/world.js';
import { changedFields } from '../sites/change.js';
import { changedSite } from '../sites/edit-site.js';
import type { Site } from '../sites/site.js';
import { parseSiteName, siteKey } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';

/** What a file holds, ready to be migrated. */
export interface Prepared {
  readonly name: string;
  /** The site that is to be put on record. Null where it is there. */
  readonly site: Site | null;
  /** The Google client of the file. */
  readonly client: OAuthClient | null;
  /** Stores the site, or goes on with what is stored of it. @throws MailError of the stores */
  record(): Promise<void>;
}

/**
 * Makes the site of the file ready, and keeps the Google client file that is in it, but in a dry run.
 *
 * @throws MailError `invalid-settings` that names what is wrong; `usage` where another client file is in use, or
 *   `--site` names another site; of the stores
 */
export async function prepareSite(world: World, path: string): Promise<Prepared> {
  const file = await readSiteFile(world, path);
  const store = await world.sites();
  const [given, ...others] = file.rows;
  if (given === undefined || others.length > 0) throw notOneSite(path, file.rows.length);
  const there = await stored(given.values.name ?? '', store);
  const rows = [asLeft(given, there)];
  const [plan] = await planImport(rows, world, false);
  if (plan === undefined) throw notOneSite(path, 0);
  if (plan.kind === 'invalid' && there === null) throw unfit(path, plan);
  const site = plan.kind === 'add' ? plan.site : null;
  if (site !== null) await requireCan(world, 'addSites');
  const name = there?.name ?? (plan.kind === 'add' ? plan.site.name : '');
  const { site: named } = world.options;
  if (named !== undefined && siteKey(parseSiteName(named)) !== siteKey(name)) {
    throw otherName(path, name, named);
  }
  // Once it is stored, what is stored counts: the file may be older.
  if (plan.kind === 'invalid') world.report.note(await howItDiffers(path, rows, there, world));
  const text = file.client === null ? null : JSON.stringify(file.client);
  if (text !== null) await keepClient(world, text, path);
  const client = text === null ? null : parseOAuthClient(text, path);
  return {
    name,
    site,
    client,
    async record() {
      if (plan.kind === 'invalid') return;
      await importSites([plan], world, () => undefined);
      if (site !== null) world.report.note(`${site.organisation} is on record now, from ${path}.`);
    },
  };
}

/** The SMTP settings of the file, where a switch has removed them already: running it again goes on, or says so. */
function asLeft(row: Row, there: Site | null): Row {
  if (there === null || there.smtpRevertedAt === null) return row;
  const values = Object.entries(row.values).filter(([column]) => !column.startsWith('smtp-'));
  return { ...row, values: Object.fromEntries(values) };
}

/** Null too where the name or the record can’t be used: planning says why. */
async function stored(name: string, store: SiteStore): Promise<Site | null> {
  try {
    return await store.read(parseSiteName(name));
  } catch {
    return null;
  }
}

function notOneSite(path: string, count: number): MailError {
  return new MailError(
    'invalid-settings',
    `${path} holds ${count} sites, and --from takes a file with one.`,
    'Nothing was changed. To put many sites on record: writeupp-mail site import FILE',
  );
}

function unfit(path: string, { faults }: Extract<RowPlan, { kind: 'invalid' }>): MailError {
  return new MailError(
    'invalid-settings',
    `The site in ${path} can’t be used: ${faults.map(({ column, message }) => `${column} ${message}`.trim()).join('; ')}.`,
    'Nothing was changed. Ask the person who made the file for a new one.',
    { rows: faults },
  );
}

function otherName(path: string, name: string, named: string): MailError {
  return new MailError(
    'usage',
    `${path} holds "${name}", and --site names "${named}".`,
    'Nothing was changed. Leave --site out, or choose the file of that site.',
  );
}

/** What the file has otherwise than the record. */
async function howItDiffers(
  path: string,
  rows: readonly Row[],
  there: Site | null,
  world: World,
): Promise<string> {
  const [plan] = await planImport(rows, world, true);
  const columns =
    plan?.kind === 'invalid'
      ? plan.faults.map(({ column }) => column)
      : plan?.kind === 'update' && there !== null
        ? changedFields(there, changedSite(there, plan.fields))
        : [];
  const what = columns.length === 0 ? '' : ` in: ${[...new Set(columns)].join(', ')}`;
  return `The site is on record here already. ${path} differs from it${what}. What is on record counts.`;
}
