/** The program run without a command: where this computer's sites stand, and the one command to run next. */

import { MailError } from '../errors.js';
import { type SpoolView, spoolAttention, spoolsHere, spoolWords } from '../kit/spools.js';
import type { CommonOptions, World } from '../kit/world.js';
import { siteView } from '../show/status-facts.js';
import { commandHere } from '../sites/command-here.js';
import { noSites, whereOnRecord } from '../sites/require-site.js';
import { type Pathway, pathway, type Site } from '../sites/site.js';
import type { SiteStore } from '../sites/site-store.js';
import { isDone } from '../sites/site-view.js';
import type { Result } from '../terminal/events.js';
import { commandLine } from '../text/command-line.js';

/** Where things stand: a few lines for people, a few facts for scripts. */
interface Where {
  readonly lines: readonly string[];
  /** The one command to run next, in full. */
  readonly next: string;
  readonly facts: Omit<Result<'result-where'>, 'next'>;
}

/**
 * Asks nothing, and unless a site is named, an unreadable record does not stop it.
 *
 * @throws MailError `no-such-site`, `storage`
 */
export async function tellWhere(world: World, options: CommonOptions): Promise<void> {
  const named = options.site ?? world.environment.site;
  const { lines, next, facts } =
    named === undefined
      ? await whereAreAll(world)
      : await whereOne(world, await read(world, named), options.site !== undefined);
  world.report.result({ ...facts, next }, [
    ...lines,
    '',
    `Next:          ${next}`,
    'All commands:  writeupp-mail --help',
  ]);
}

async function read(world: World, named: string): Promise<Site> {
  const [{ chooseSite }, { withSite }] = await Promise.all([
    import('../kit/choose-site.js'),
    import('../kit/with-site.js'),
  ]);
  const name = await chooseSite(world, named, { mayAsk: false });
  return withSite(world, name, async (site) => site);
}

async function whereAreAll(world: World): Promise<Where> {
  const store = await world.sites();
  const readable: Site[] = [];
  let total = 0;
  for await (const site of store.list()) {
    total += 1;
    if (!(site instanceof MailError)) readable.push(site);
  }
  const [only] = readable;
  return only !== undefined && total === 1
    ? whereOne(world, only)
    : whereAll(store, total, readable, (await spoolsHere(world))(null));
}

/** @param isNamed by `--site`: the next command must then name it too; WRITEUPP_MAIL_SITE applies to it anyway */
async function whereOne(world: World, site: Site, isNamed = false): Promise<Where> {
  const { name, organisation, gmail, smtp } = site;
  const practice = organisation === name ? name : `${organisation} (${name})`;
  const { pathway, attention, leftToDo, doneInWriteUpp } = await siteView(world, site);
  const connected = gmail && { email: gmail.email };
  const spools = (await spoolsHere(world))(name);
  const facts = {
    ...{ site: name, pathway, gmail: connected, leftToDo, doneInWriteUpp },
    ...spoolFacts(spools),
  };
  const ofSpool = spoolLine(spools);
  const where = async (
    next: 'migrate' | 'status',
    ...lines: readonly string[]
  ): Promise<Where> => ({
    lines: [...lines, ...ofSpool],
    next: isNamed ? await commandHere(world, next, name) : commandLine(next),
    facts,
  });
  if (smtp !== null) {
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
  const left =
    leftToDo.length === 0
      ? []
      : ['Not done yet: it is left to do in WriteUpp itself. The status says how.'];
  if (gmail === null) {
    const way = `Email of ${practice} goes by the WriteUpp mail server.`;
    return where(left.length === 0 ? 'migrate' : 'status', way, ...left);
  }
  const isAllDone =
    attention.length + spoolAttention(spools).length === 0 && isDone(site, await world.sites());
  const way = `${isAllDone ? 'Done: email' : 'Email'} of ${practice} goes by Gmail, as ${gmail.email}.`;
  const first = attention.find(({ code }) => code !== 'left-to-do-in-writeupp');
  return where('status', way, ...(first === undefined ? left : [first.message]));
}

/** One line, for the spool that most needs attention. */
function spoolLine(spools: readonly SpoolView[]): string[] {
  const [attention] = spoolAttention(spools);
  if (attention !== undefined) return [attention.message];
  const [first] = spools;
  return first === undefined ? [] : [spoolWords(first)];
}

function spoolFacts(spools: readonly SpoolView[]): Pick<Where['facts'], 'spools' | 'attention'> {
  return spools.length === 0 ? {} : { spools, attention: spoolAttention(spools) };
}

function whereAll(
  store: SiteStore,
  total: number,
  sites: readonly Site[],
  spools: readonly SpoolView[],
): Where {
  if (total === 0) {
    const { message, hint } = noSites(store);
    const { addSites } = store.can;
    return {
      lines: [message, ...(addSites ? [] : [hint]), ...spoolLine(spools)],
      // `migrate` offers to add one.
      next: commandLine(addSites ? 'migrate' : 'store status'),
      facts: { sites: 0, ...spoolFacts(spools) },
    };
  }
  const by = (way: Pathway) => sites.filter((site) => pathway(site) === way).length;
  const counts = { gmail: by('gmail'), smtp: by('smtp'), writeupp: by('writeupp') };
  const unread = total - sites.length;
  const left = sites.filter((site) => store.leftToDo(site).length > 0).length;
  const notEmptied = spoolAttention(spools).length;
  const more = [
    ...(left > 0 ? [`To be switched in WriteUpp itself too: ${left}.`] : []),
    ...(unread > 0 ? [`Records that can’t be read: ${unread}.`] : []),
    ...(notEmptied > 0 ? [`Spools whose messages nothing sends: ${notEmptied}.`] : []),
  ];
  return {
    lines: [
      `${total === 1 ? '1 site is' : `${total} sites are`} on record ${whereOnRecord(store)}.`,
      `Email goes by: Gmail ${counts.gmail}, SMTP settings ${counts.smtp}, the WriteUpp mail server ${counts.writeupp}.`,
      ...(more.length > 0 ? [more.join(' ')] : []),
    ],
    next: commandLine('status', '--all'),
    facts: {
      ...{ sites: total, pathways: counts, leftToDo: left },
      ...spoolFacts(spools),
    },
  };
}
