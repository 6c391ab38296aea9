/** What the mutation runner and the environment of a test file share: both are loaded into one process. */

/** One run of one test file. */
export interface Session {
  /** The mutant that is switched on, as `FILE#NUMBER`; null for none. */
  readonly active: string | null;
  /** Mutants that the tests reached. */
  readonly reached: Set<string>;
  /** How often they did, which reveals an endless loop. */
  calls: number;
  readonly most: number;
  /** A test has failed: the others need not run. */
  isNoticed: boolean;
}

/** Global to the process: jest may load this file once for the runner and once for the environment. */
const shared = globalThis as { mutantSession?: Session };

export function newSession(active: string | null, most = Number.POSITIVE_INFINITY): Session {
  const fresh = { active, most, reached: new Set<string>(), calls: 0, isNoticed: false };
  shared.mutantSession = fresh;
  return fresh;
}

export function currentSession(): Session {
  return shared.mutantSession ?? newSession(null);
}

/** The switches of a file, for one session: code that a test left running must not count for a later one. */
export function switchesOf(own: Session): (file: string) => (number: number) => boolean {
  return (file) => {
    const prefix = `${file}#`;
    const names: string[] = [];
    return (number) => {
      names[number] ??= prefix + number;
      const name = names[number];
      own.calls += 1;
      if (own.calls > own.most) throw new Error('a loop without an end');
      if (own.active === null) own.reached.add(name);
      return name === own.active;
    };
  };
}
