/** The program called alone: where this computer's sites are, and the one command to run next. */

import type { CommonOptions, Context } from '../context/context.js';
import { type Pathway, pathway, type Site } from '../sites/site.js';

/** Where things are, in a few lines; for scripts in a few facts. */
interface Where {
  readonly lines: readonly string[];
  /** The one command to run next. */
  readonly next: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/**
 * Tells it. It asks nothing, and where no site is named, a record that can't be read does not stop it.
 *
 * @throws MailError `no-such-site`, `storage`
 */
export async function tellWhere(context: Context, options: CommonOptions): Promise<void> {
  const named = options.site ?? context.environment.site;
  const { lines, next, facts } =
    named === undefined ? await whereAreAll(context) : whereOne(await read(context, named));
  const command = `writeupp-mail ${next}`;
  context.reporter.result({ ...facts, next: command }, [
    ...lines,
    '',
    `Next:          ${command}`,
    'All commands:  writeupp-mail --help',
  ]);
}

async function read(context: Context, named: string): Promise<Site> {
  const [{ chooseSite }, { reading }] = await Promise.all([
    import('../command-kit/choose-site.js'),
    import('../command-kit/reading.js'),
  ]);
  const name = await chooseSite({ ...context, prompts: null }, named);
  return reading(context, name, async (site) => site);
}

async function whereAreAll(context: Context): Promise<Where> {
  const store = await context.sites();
  const names = await store.names();
  const sites = await Promise.all(names.map((name) => store.read(name).catch(() => null)));
  const readable = sites.filter((site) => site !== null);
  const [only] = readable;
  return only !== undefined && sites.length === 1
    ? whereOne(only)
    : whereAll(names.length, readable, names.length === 0);
}

function whereOne(site: Site): Where {
  const { name, organisation, gmail, smtp } = site;
  const practice = organisation === name ? name : `${organisation} (${name})`;
  const facts = { site: name, pathway: pathway(site), gmail: gmail && { email: gmail.email } };
  const where = (next: string, ...lines: readonly string[]): Where => ({ lines, next, facts });
  if (smtp === null) {
    return gmail === null
      ? where('migrate', `Email of ${practice} goes by the WriteUpp mail server.`)
      : where('status', `Done: email of ${practice} goes by Gmail, as ${gmail.email}.`);
  }
  return gmail === null
    ? where(
        'migrate',
        `Email of ${practice} goes by its SMTP settings (${smtp.host}).`,
        'No Gmail account is connected.',
      )
    : where(
        'migrate',
        `${gmail.email} is connected for ${practice}.`,
        `Email still goes by the SMTP settings (${smtp.host}): they come first while they exist.`,
      );
}

function whereAll(total: number, sites: readonly Site[], isEmpty: boolean): Where {
  if (isEmpty) {
    return {
      lines: ['No site is on record on this computer.'],
      next: 'migrate',
      facts: { sites: 0 },
    };
  }
  const by = (way: Pathway) => sites.filter((site) => pathway(site) === way).length;
  const counts = { gmail: by('gmail'), smtp: by('smtp'), writeupp: by('writeupp') };
  const unread = total - sites.length;
  return {
    lines: [
      `${total === 1 ? '1 site is' : `${total} sites are`} on record on this computer.`,
      `Email goes by: Gmail ${counts.gmail}, SMTP settings ${counts.smtp}, the WriteUpp mail server ${counts.writeupp}.`,
      ...(unread > 0 ? [`Records that can’t be read: ${unread}.`] : []),
    ],
    next: 'status --all',
    facts: { sites: total, pathways: counts },
  };
}
