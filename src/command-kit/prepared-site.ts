/** `migrate --from FILE`: the one practice that support has prepared, put on record or found there unchanged. */

import type { Context } from '../context/context.js';
import { MailError } from '../errors.js';
import { planImport, type RowPlan } from '../many/plan-import.js';
import type { Row } from '../many/rows.js';
import { addSite } from '../sites/hold.js';
import type { Site } from '../sites/site.js';
import { parseSiteName } from '../sites/site-name.js';
import type { SiteStore } from '../sites/site-store.js';
import { keepClient } from './client-file.js';
import { holdPorts } from './on-site.js';
import { planPorts, readSiteFile } from './read-site-file.js';

/**
 * Makes the site of the file ready, and the Google client file that is in it.
 *
 * @returns the site's name
 * @throws MailError `invalid-settings` that names what is wrong; `usage` where another client file is in use; of the stores
 */
export async function prepareSite(context: Context, path: string): Promise<string> {
  const file = await readSiteFile(context, path);
  const ports = await planPorts(context);
  const rows = await Promise.all(file.rows.map((row) => asLeft(row, ports.store)));
  const plans = await planImport(rows, ports, false);
  const [plan] = plans;
  if (plan === undefined || plans.length !== 1) throw notOneSite(path, plans.length);
  if (plan.kind === 'invalid') throw unfit(path, plan);
  if (file.client !== null) await keepClient(context, JSON.stringify(file.client), path);
  if (plan.kind === 'same') return plan.name;
  if (plan.kind === 'update') throw otherSettings(plan.name);
  if (context.options.dryRun === true) throw notOnRecordYet(path);
  const { name } = await addSite(plan.site, plan.password, await holdPorts(context, 'migrate'));
  context.reporter.note(`${plan.site.organisation} is on record now, from ${path}.`);
  return name;
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

function otherSettings(name: string): MailError {
  return new MailError(
    'invalid-settings',
    `"${name}" is on record already, with other settings than the file has.`,
    'Nothing was changed. To migrate it as it is on record, leave --from out.',
  );
}

function notOnRecordYet(path: string): MailError {
  return new MailError(
    'no-such-site',
    `The site in ${path} is not on record yet, and a dry run puts nothing there.`,
    'Put it there first, then run the dry run without --from: writeupp-mail site import FILE',
  );
}
