/** How `migrate --all` tells of many sites: one by one, by a bar on a terminal, and by counts and causes at the end. */

import type { DeliveryAttention } from '../delivery/delivery-report.js';
import { type MailError, mostUrgent } from '../errors.js';
import type { World } from '../kit/world.js';
import type { Site } from '../sites/site.js';
import type { SiteStore } from '../sites/site-store.js';
import type { ItemFacts } from '../terminal/events.js';
import { progressText } from '../terminal/progress.js';
import { SIGN } from '../terminal/style.js';
import type { Outcome, SiteEnd } from './queue.js';

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
  #isLeftInWriteUpp = false;
  #hasPerson: boolean;
  #done = 0;
  readonly #startedAt = performance.now();

  constructor(
    private readonly world: World,
    private readonly store: Pick<SiteStore, 'leftToDo'>,
    private readonly total: number,
  ) {
    this.#hasPerson = world.ask !== null && world.options.dryRun !== true;
  }

  get mostUrgent(): MailError | null {
    return mostUrgent(this.notDone.flatMap(({ error }) => error ?? [])) ?? null;
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
    const { site, outcome, error, record } = end;
    this.counts[outcome] += 1;
    if (error !== null) this.notDone.push(end);
    const { report, options, style } = this.world;
    const why =
      error === null ? {} : { code: error.code, message: error.message, hint: error.hint };
    const dryRun = options.dryRun === true ? { dryRun: true } : {};
    const attention = this.#warnings.get(site);
    report.item(
      'site',
      { site, outcome, ...why, ...this.#left(record), ...(attention && { attention }), ...dryRun },
      linesOf(end, style, this.#isOnTerminal),
    );
    if (error !== null) this.showProgress();
  }

  takePeople(): SiteEnd[] {
    const people = this.#people;
    this.#people = [];
    this.#hasPerson = false;
    this.#done -= people.length;
    this.world.report.clear();
    return people;
  }

  waits(until: Date): void {
    this.world.report.note(
      `A rate is limited: all wait until ${until.toLocaleTimeString('en-GB')} …`,
    );
    this.showProgress();
  }

  showProgress(): void {
    if (!this.#isOnTerminal) return;
    this.world.report.waiting(() =>
      progressText(this.#done, this.total, performance.now() - this.#startedAt),
    );
  }

  /** What is left to do in WriteUpp itself, where it is known. */
  #left(record: Site | null): Pick<ItemFacts['site'], 'leftToDo' | 'doneInWriteUpp'> {
    if (record === null) return {};
    const leftToDo = this.store.leftToDo(record);
    this.#isLeftInWriteUpp ||= leftToDo.length > 0;
    return { leftToDo, doneInWriteUpp: record.doneInWriteUpp };
  }

  end(left: readonly string[]): void {
    const { report, style, options, signal } = this.world;
    const { migrated, already, failed } = this.counts;
    // Those that nobody was asked about any more.
    for (const end of this.takePeople()) this.take(end);
    const needsPerson = this.counts['needs-person'];
    report.clear();
    const ok = failed + needsPerson + left.length === 0;
    const part = (count: number, one: string, many: string) =>
      count === 0 ? [] : [`  ${count} ${count === 1 ? one : many}`];
    const facts = { total: this.total, migrated, already, needsPerson, failed };
    const would = options.dryRun === true ? 'would be switched to Gmail' : 'switched to Gmail';
    report.result(
      {
        ok,
        ...facts,
        ...(signal.aborted ? { interrupted: true } : {}),
        ...(options.dryRun === true ? { dryRun: true } : {}),
      },
      [
        `${ok ? style.good(SIGN.good) : style.warning(SIGN.warning)} ${migrated} of ${this.total} sites ${would}.`,
        ...part(already, 'was done already', 'were done already'),
        ...part(
          needsPerson,
          'needs a person: run migrate for it in a terminal',
          'need a person: run migrate for each of them in a terminal',
        ),
        ...part(
          failed,
          'failed; its email goes out as it did before',
          'failed; their email goes out as it did before',
        ),
        ...part(
          left.length,
          'was not started, because you stopped: run the same command to go on',
          'were not started, because you stopped: run the same command to go on',
        ),
        ...(migrated > 0 && this.#isLeftInWriteUpp
          ? ['  Each has to be switched in WriteUpp itself too: writeupp-mail status --all']
          : []),
        ...causeLines(this.notDone),
        ...part(
          this.#warnings.size,
          'may send what others refuse, because of its DNS. What to publish: writeupp-mail status --all --check',
          'may send what others refuse, because of their DNS. What to publish: writeupp-mail status --all --check',
        ),
      ],
    );
  }

  get #isOnTerminal(): boolean {
    return this.world.options.json !== true && this.world.streams.stderr.isTTY === true;
  }
}

/** On a terminal the bar counts what went well; elsewhere each site has its line. */
function linesOf(
  { site, outcome, error }: SiteEnd,
  style: World['style'],
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
