/** A site as people and scripts see it everywhere: how its email goes out, and what is left to do. */

import type { Google } from '../connection/google.js';
import type { Stores } from '../sites/hold.js';
import { hasOnlyOneSite } from '../sites/require-site.js';
import type { Site } from '../sites/site.js';
import type { LeftToDo } from '../sites/site-store.js';
import { type SiteView, viewSite } from '../sites/site-view.js';
import type { Result } from '../terminal/events.js';
import type { Reporter } from '../terminal/reporter.js';
import type { Style } from '../terminal/style.js';
import { siteCommand } from '../text/command-line.js';
import { statusLines } from './status-lines.js';

interface ShowWorld extends Pick<Google, 'issuer' | 'now'>, Pick<Stores, 'sites'> {
  readonly report: Reporter;
  /** For standard output. */
  readonly style: Style;
}

export interface WholeView extends SiteView {
  /** What is still left to do in WriteUpp itself, in order. */
  readonly leftToDo: readonly LeftToDo[];
  /** When a person said that this was done. */
  readonly doneInWriteUpp: string | null;
}

interface Shown {
  /** Additional facts for scripts. */
  readonly facts?: Partial<Result<'result-site'>>;
  /** Lines above the view. */
  readonly before?: readonly string[];
  /** Lines below the view. */
  readonly after?: readonly string[];
}

/**
 * The view of a site as it is stored.
 *
 * @param isOnly whether it is the only site on record, if known: for a list, each would otherwise count them all
 * @throws MailError of the store
 */
export async function siteView(world: ShowWorld, site: Site, isOnly?: boolean): Promise<WholeView> {
  const store = await world.sites();
  const isTheOnly = isOnly ?? (await hasOnlyOneSite(store));
  const view = viewSite(site, world.issuer.id, world.now(), isTheOnly);
  const left = store.leftToDo(site);
  const { doneInWriteUpp } = site;
  if (left.length === 0) return { ...view, leftToDo: left, doneInWriteUpp };
  const done = siteCommand('status', isTheOnly ? undefined : site.name, '--done-in-writeupp');
  const steps = leftSteps(left).map((step, index) => `${index + 1}. ${step}`);
  // A backend reports what is left without being asked.
  const last = store.can.markDone ? [`Then tell this program: ${done}`] : [];
  const reminder = {
    code: 'left-to-do-in-writeupp',
    message: 'Left to do in WriteUpp, in this order:',
    hint: [...steps, ...last].join('\n'),
  } as const;
  return { ...view, attention: [...view.attention, reminder], leftToDo: left, doneInWriteUpp };
}

/** What is left to do in WriteUpp itself, as sentences. A single step does not refer to a previous one. */
export function leftSteps(left: readonly LeftToDo[]): string[] {
  const steps = left.map((step) => WRITEUPP_STEPS[step]);
  return steps.length === 1 ? steps.map((step) => step.replace('Only then: ', '')) : steps;
}

/** Ends a command by showing its site. */
export async function showSite(
  world: ShowWorld,
  site: Site,
  { facts = {}, before = [], after = [] }: Shown = {},
): Promise<void> {
  const view = await siteView(world, site);
  world.report.result({ ...view, ...facts }, [
    ...before,
    ...statusLines(view, world.style),
    ...after,
  ]);
}

/**
 * The steps of WriteUpp's article. Anyone who reverts SMTP in WriteUpp before signing in with Google there is on
 * WriteUpp's own server for good.
 */
const WRITEUPP_STEPS: Readonly<Record<LeftToDo, string>> = {
  'sign-in': 'Integrations & Add-Ons, Gmail, Configure: click Sign in with Google.',
  'test-connection': 'Click Test Connection, and check that the email comes.',
  'revert-smtp': 'Only then: SMTP, Configure, click Revert to WriteUpp Mail Server.',
};
