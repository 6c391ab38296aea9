/** `migrate --from FILE`: the one practice that support has prepared, put on record or found there unchanged. */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { type OAuthClient, parseOAuthClient } from '../google/oauth-client-file.js';
import { importSites } from '../many/import-sites.js';
import { planImport, type RowPlan } from '../many/plan-import.js';
import type { Row } from '../many/rows.js';
import type { Site } from '../sites/site.js';
import { parseSiteName, siteKey } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';
import { keepClient } from './client-file.js';
import { holdPorts } from './on-site.js';
import { planPorts, readSiteFile } from './read-site-file.js';

/** What a file holds, ready to be migrated. */
export interface Prepared {
  readonly name: string;
  /** The site that is to be put on record. Null where it is there. */
  readonly site: Site | null;
  /** The Google client of the file. */
  readonly client: OAuthClient | null;
  /** Puts the site on record, or goes on with what a killed run left of it. @throws MailError of the stores */
  record(): Promise<void>;
}

/**
 * Makes the site of the file ready, and keeps the Google client file that is in it, but in a dry run.
 *
 * @throws MailError `invalid-settings` that names what is wrong; `usage` where another client file is in use, or
 *   `--site` names another site; of the stores
 */
export async function prepareSite(context: Context, path: string): Promise<Prepared> {
  const file = await readSiteFile(context, path);
  const ports = await planPorts(context);
  const rows = await Promise.all(file.rows.map((row) => asLeft(row, ports.store)));
  const plans = await planImport(rows, ports, false);
  const [plan] = plans;
  if (plan === undefined || plans.length !== 1) throw notOneSite(path, plans.length);
  if (plan.kind === 'invalid') throw plan.isOnRecord ? otherSettings(path) : unfit(path, plan);
  const site = plan.kind === 'add' ? plan.site : null;
  const name = plan.kind === 'add' ? plan.site.name : plan.name;
  const { site: named } = context.options;
  if (named !== undefined && siteKey(parseSiteName(named)) !== siteKey(name)) {
    throw otherName(path, name, named);
  }
  const text = file.client === null ? null : JSON.stringify(file.client);
  if (text !== null) await keepClient(context, text, path);
  const client = text === null ? null : parseOAuthClient(text, path);
  return {
    name,
    site,
    client,
    async record() {
      await importSites([plan], await holdPorts(context, 'migrate'), () => undefined);
      if (site !== null)
        context.reporter.note(`${site.organisation} is on record now, from ${path}.`);
    },
  };
}

/** The SMTP settings of the file, where a switch has removed them already: running it again goes on, or says so. */
async function asLeft(row: Row, store: SiteStore): Promise<Row> {
  const there = await onRecord(row.values.name ?? '', store);
  if (there === null || there.smtpRevertedAt === null) return row;
  const values = Object.entries(row.values).filter(([column]) => !column.startsWith('smtp-'));
  return { ...row, values: Object.fromEntries(values) };
}

/** Null too where the name or the record can’t be used: planning says why. */
async function onRecord(name: string, store: SiteStore): Promise<Site | null> {
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
    'Nothing was changed. Ask whoever made the file for a new one.',
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

function otherSettings(path: string): MailError {
  return new MailError(
    'invalid-settings',
    `The site in ${path} is on record already, with other settings than the file has.`,
    'Nothing was changed. To migrate it as it is on record, leave --from out.',
  );
}
