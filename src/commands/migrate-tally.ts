/** How `migrate --all` tells of many sites: one by one, by a bar on a terminal, and by counts and causes at the end. */

import type { Context } from '../context/context.js';
import type { DeliveryAttention } from '../delivery/report.js';
import { type MailError, mostPressing } from '../errors.js';
import type { Outcome, SiteEnd } from '../many/migrate-many.js';
import { progressText } from '../terminal/progress.js';
import { SIGN } from '../terminal/style.js';

/** What became of the sites: told one by one, counted, and kept where something is left to do. */
export class Tally {
  readonly counts: Record<Outcome, number> = {
    migrated: 0,
    already: 0,
    'needs-person': 0,
    failed: 0,
  };
  readonly notDone: SiteEnd[] = [];
  /** What their DNS lacks; only of sites where it lacks something. */
  readonly #warnings = new Map<string, readonly DeliveryAttention[]>();
  /** Sites that a person on this terminal is asked about afterwards: they are told then. */
  #people: SiteEnd[] = [];
  #hasPerson: boolean;
  #done = 0;
  readonly #startedAt = performance.now();

  constructor(
    private readonly context: Context,
    private readonly total: number,
  ) {
    this.#hasPerson = context.prompts !== null && context.options.dryRun !== true;
  }

  get pressing(): MailError | null {
    return mostPressing(this.notDone.flatMap(({ error }) => error ?? [])) ?? null;
  }

  warn(site: string, attention: readonly DeliveryAttention[]): void {
    if (attention.length > 0) this.#warnings.set(site, attention);
  }

  take(end: SiteEnd): void {
    this.#done += 1;
    if (end.outcome === 'needs-person' && this.#hasPerson) {
      this.#people.push(end);
      return;
    }
    const { site, outcome, error } = end;
    this.counts[outcome] += 1;
    if (error !== null) this.notDone.push(end);
    const { reporter, options, style } = this.context;
    const why =
      error === null ? {} : { code: error.code, message: error.message, hint: error.hint };
    const dryRun = options.dryRun === true ? { dryRun: true } : {};
    const attention = this.#warnings.get(site);
    reporter.item(
      'site',
      { site, outcome, ...why, ...(attention && { attention }), ...dryRun },
      linesOf(end, style, this.#isOnTerminal),
    );
    if (error !== null) this.showProgress();
  }

  takePeople(): SiteEnd[] {
    const people = this.#people;
    this.#people = [];
    this.#hasPerson = false;
    this.#done -= people.length;
    this.context.reporter.clear();
    return people;
  }

  waits(until: Date): void {
    this.context.reporter.note(
      `A rate is limited: all wait until ${until.toLocaleTimeString('en-GB')} …`,
    );
    this.showProgress();
  }

  showProgress(): void {
    if (!this.#isOnTerminal) return;
    this.context.reporter.waiting(() =>
      progressText(this.#done, this.total, performance.now() - this.#startedAt),
    );
  }

  /** @param isLeftInWriteUpp whether WriteUpp’s own settings are kept elsewhere than in this store */
  end(left: readonly string[], isLeftInWriteUpp: boolean): void {
    const { reporter, style, options, signal } = this.context;
    const { migrated, already, failed } = this.counts;
    // Those that nobody was asked about any more.
    const unasked = this.takePeople();
    this.#hasPerson = false;
    for (const end of unasked) this.take(end);
    const needsPerson = this.counts['needs-person'];
    reporter.clear();
    const ok = failed + needsPerson + left.length === 0;
    const part = (count: number, words: string) => (count === 0 ? [] : [`  ${count} ${words}`]);
    const facts = { total: this.total, migrated, already, needsPerson, failed };
    const would = options.dryRun === true ? 'would be switched to Gmail' : 'switched to Gmail';
    reporter.result(
      {
        ok,
        ...facts,
        ...(signal.aborted ? { interrupted: true } : {}),
        ...(options.dryRun === true ? { dryRun: true } : {}),
      },
      [
        `${ok ? style.good(SIGN.good) : style.warning(SIGN.warning)} ${migrated} of ${this.total} sites ${would}.`,
        ...part(already, 'were done already'),
        ...part(needsPerson, 'need a person: run migrate for each of them in a terminal'),
        ...part(failed, 'failed; what email went by before, it still does'),
        ...part(left.length, 'were not begun, because you stopped: run the same command to go on'),
        ...(migrated > 0 && isLeftInWriteUpp
          ? ['  Each has to be switched in WriteUpp itself too: writeupp-mail status --all']
          : []),
        ...causeLines(this.notDone),
        ...part(
          this.#warnings.size,
          'may send what others refuse, because of their DNS. What to publish: writeupp-mail status --all --check',
        ),
      ],
    );
  }

  get #isOnTerminal(): boolean {
    return this.context.options.json !== true && this.context.streams.stderr.isTTY === true;
  }
}

/** On a terminal the bar counts what went well; elsewhere each site has its line. */
function linesOf(
  { site, outcome, error }: SiteEnd,
  style: Context['style'],
  isOnTerminal: boolean,
): string[] {
  if (error === null) {
    return isOnTerminal || outcome === 'already' ? [] : [`${style.good(SIGN.good)} ${site}`];
  }
  const sign = outcome === 'failed' ? style.bad(SIGN.bad) : style.warning(SIGN.warning);
  return [`${sign} ${site} (${outcome}): ${error.message}`];
}

/** Why sites are not done, the commonest cause first, with what to do about it. */
function causeLines(ends: readonly SiteEnd[]): string[] {
  const causes = new Map<string, SiteEnd[]>();
  for (const end of ends) {
    const code = end.error?.code ?? '';
    if (code !== '' && code !== 'interrupted') causes.set(code, [...(causes.get(code) ?? []), end]);
  }
  const sorted = [...causes.values()].toSorted((one, other) => other.length - one.length);
  return sorted.flatMap(([first, ...more]) => {
    const { error = null, site = '' } = first ?? {};
    const count = more.length === 0 ? site : `${more.length + 1} sites, for example ${site}`;
    return [
      '',
      `${count}: ${error?.message}`,
      ...(error?.hint ?? '').split('\n').map((line) => `  ${line}`),
    ];
  });
}
