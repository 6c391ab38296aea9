/** The fences of the program, each with the text that takes it away, and the tests that must notice. */

const MODEL = ['test/model/interleavings.test.ts'];
const SHARING = [...MODEL, '--testNamePattern=two sites'];
const MIGRATION = ['test/steps/migrate-site.test.ts'];
const HELD = ['test/sites/held-site.test.ts'];
const WATCH = ['test/send/watch-simulation'];
const CONTRACT = ['test/stores/contract-postgres.test.ts'];
const LATE = ['test/stores/postgres.test.ts', '--testNamePattern=late'];
const TEAM = ['test/stores/team.test.ts'];

/** A fence, and the text that takes it away. */
export interface Fence {
  readonly without: string;
  readonly file: string;
  readonly replace: readonly (readonly [code: string, by: string])[];
  /** Arguments of jest. */
  readonly noticedBy: readonly string[];
}

const HELD_SITE = 'src/sites/held-site.ts';
const HELD_RECORD = 'src/sites/held-record.ts';
const CHANGE = 'src/sites/change.ts';
const HELD_SECRETS = 'src/sites/held-secrets.ts';
const EMPTY_SPOOL = 'src/send/empty-spool.ts';
const WATCH_FILE = 'src/send/watch.ts';
const CLAIMS = 'src/stores/postgres/claims.ts';
const TEAM_TABLE = 'src/stores/postgres/team-table.ts';
const OF_EVERY_STORE: readonly Fence[] = [
  {
    without: 'the claim looked at before a secret is stored',
    file: HELD_SECRETS,
    replace: [
      ['await this.#record.confirm();\n    this.#known.delete(slot);', 'this.#known.delete(slot);'],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the claim looked at before a secret is deleted',
    file: HELD_SECRETS,
    replace: [['await this.#record.confirm();\n      const isGone', 'const isGone']],
    noticedBy: MODEL,
  },
  {
    without: 'the id that a secret carries',
    file: 'src/sites/secrets.ts',
    replace: [
      ['return found?.id === id ? found.secret : null;', 'return id && (found?.secret ?? null);'],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the account held while a connection is kept',
    file: HELD_SITE,
    replace: [
      [
        'return await this.#withAccount(fresh, async (confirm) => {',
        'return await (async (confirm = async () => undefined) => {',
      ],
      ['        return proven;\n      });', '        return proven;\n      })();'],
    ],
    noticedBy: SHARING,
  },
  {
    without: 'the account held while a connection is forgotten',
    file: HELD_SITE,
    replace: [
      [
        'return this.#withAccount(gmail, async (confirm) => {',
        'return (async (confirm = async () => undefined) => {',
      ],
      ['      return outcome;\n    });', '      return outcome;\n    })();'],
    ],
    noticedBy: SHARING,
  },
  {
    without: 'the store named on record before its first secret',
    file: HELD_SECRETS,
    replace: [
      [
        'if (site.credentials === null) {\n      await this.#record.apply',
        'if (site.credentials === undefined) {\n      await this.#record.apply',
      ],
    ],
    noticedBy: HELD,
  },
  {
    without: 'the record changed before the password goes',
    file: HELD_SITE,
    replace: [
      [
        "await this.#record.apply({ kind: 'remove-smtp'",
        "await (await this.#holding.openCredentials()).delete(this.#record.key, passwordSlot(this.site.smtp?.password?.slot ?? 'a'));\n    await this.#record.apply({ kind: 'remove-smtp'",
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the secrets forgotten before the record of a site',
    file: HELD_SITE,
    replace: [
      [
        "await this.#secrets.forgetAll();\n    await this.#record.apply({ kind: 'remove' });",
        "await this.#record.apply({ kind: 'remove' });\n    await this.#secrets.forgetAll();",
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'a place of its own for a new token',
    file: HELD_SITE,
    replace: [
      [
        'const turn = otherTurn(former === null ? null : kindOf(former).tokenSlot(former));',
        "const turn = (former === null ? null : kindOf(former).tokenSlot(former)) ?? 'a';",
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'a place of its own for a new password',
    file: HELD_SITE,
    replace: [
      [
        'slot: otherTurn(this.site.smtp?.password?.slot)',
        "slot: this.site.smtp?.password?.slot ?? 'a'",
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the connection proven before it is on record',
    file: HELD_SITE,
    replace: [
      ['const proven = await prove(readBack, connection);\n', ''],
      ['        return proven;', '        return await prove(readBack, connection);'],
    ],
    noticedBy: HELD,
  },
  {
    without: 'the record read again where a write failed',
    file: HELD_RECORD,
    replace: [['if (this.#isUnsure) await this.reread();', '']],
    noticedBy: HELD,
  },
  {
    without: 'the clearing of what killed runs left',
    file: HELD_SECRETS,
    replace: [
      [
        'await this.#clear(credentials, accountedSlots(site));\n    await this.#forgetKeys(credentials);\n    if (!toStore)',
        'if (!toStore)',
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the warrant’s fit to the connection and the claim',
    file: CHANGE,
    replace: [
      ["if (authority.kind === 'proven') requireFitting(authority, gmail, claimId, at);", ''],
    ],
    noticedBy: HELD,
  },
  {
    without: 'the record read again before the proof is judged',
    file: 'src/steps/revert-steps.ts',
    replace: [
      [
        'const site = await held.genuine(await held.reread());\n    const authority',
        'const { site } = held;\n    const authority',
      ],
    ],
    noticedBy: MIGRATION,
  },
  {
    without: 'the record read again after the deletion',
    file: 'src/steps/revert-steps.ts',
    replace: [
      [
        'const site = await held.reread();\n    const { can }',
        'const { site } = held;\n    const { can }',
      ],
    ],
    noticedBy: MIGRATION,
  },
  {
    without: 'the account that the person agreed to',
    file: 'src/steps/revert-steps.ts',
    replace: [['expectedAccount: account', 'expectedAccount: options.account ?? account']],
    noticedBy: MIGRATION,
  },
  {
    without: 'the lock looked at before a record is written',
    file: 'src/stores/files/file-site-store.ts',
    replace: [
      [
        'lock.assertHeld();\n                await writeFileDurably(pathOf',
        'await writeFileDurably(pathOf',
      ],
    ],
    noticedBy: ['test/stores/contract.test.ts', '--testNamePattern=files'],
  },
  {
    without: 'the id of an access token’s own connection',
    file: HELD_SITE,
    replace: [
      [
        "if (this.site.gmail?.id === id) await this.#secrets.store('google-access-token', id, content);",
        "await this.#secrets.store('google-access-token', this.site.gmail?.id ?? id, content);",
      ],
    ],
    noticedBy: HELD,
  },
  {
    without: 'the look at who shares the account, right before it is ended',
    file: 'src/connection/sign-in-kind.ts',
    replace: [
      ['if (known.length > 0) return', 'if (known.length > 99) return'],
      ['if (others.length > 0) return', 'if (others.length > 99) return'],
      ['return others.length === 0;', 'return true;'],
    ],
    noticedBy: SHARING,
  },
  {
    without: 'the claims confirmed right before the permission is ended',
    file: 'src/connection/sign-in-kind.ts',
    replace: [['if (found.others.length === 0) await confirm();', '']],
    noticedBy: [...MODEL, '--testNamePattern=very last call'],
  },
  {
    without: 'Google’s own key of an account',
    file: 'src/stores/own-settings.ts',
    replace: [['accountKey(its) === accountKey(account)', 'its.issuer === account.issuer']],
    noticedBy: ['test/connection/sign-out.test.ts'],
  },
  {
    without: 'the live refresh in the proof',
    file: 'src/steps/proof.ts',
    replace: [
      [
        "if (refreshed?.id !== gmail.id) return 'not-refreshed';",
        "if (refreshed?.id === '') return 'not-refreshed';",
      ],
    ],
    noticedBy: ['test/steps/proof.test.ts'],
  },
  {
    without: 'a person’s No in the proof',
    file: 'src/steps/proof.ts',
    replace: [["if (test.arrival === 'denied') return 'said-not-arrived';", '']],
    // Few random histories come by it.
    noticedBy: ['test/steps/proof.test.ts'],
  },
  {
    without: 'the account that is wanted in the proof, and in the steps before',
    file: 'src/sites/address.ts',
    replace: [
      ['return canonical(one) === canonical(other);', 'return canonical(one) !== other + other;'],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the password left behind with its server',
    file: 'src/sites/edit-site.ts',
    replace: [
      [
        'password: isSameLogin ? old.password : null',
        'password: old?.password ?? (isSameLogin ? old.password : null)',
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the watch’s wariness in an outage',
    file: EMPTY_SPOOL,
    replace: [['this.#isWary = ports.watch?.isWary === true;', 'this.#isWary = false;']],
    noticedBy: WATCH,
  },
  {
    without: 'the try before a message is given up',
    file: WATCH_FILE,
    replace: [[' && uptime - lastTry <= TRY_COUNTS_MS', ' && lastTry !== null']],
    noticedBy: WATCH,
  },
  {
    without: 'the look at which message it is that is given up',
    file: WATCH_FILE,
    replace: [
      ['if (looks.get(name)?.ino !== ino) this.#marks.delete(name);', 'void [ino, looks];'],
    ],
    noticedBy: WATCH,
  },
  {
    without: 'the times that move with a clock that is set',
    file: WATCH_FILE,
    replace: [['mark.since += step;', 'mark.since += 0;']],
    noticedBy: WATCH,
  },
  {
    without: 'the time since when a message waits, kept on disk',
    file: WATCH_FILE,
    replace: [
      [
        'this.#marks.set(name, mark);\n    }\n    if (isObject',
        'void mark;\n    }\n    if (isObject',
      ],
    ],
    noticedBy: WATCH,
  },
  {
    without: 'the shortest pause where Google names a time',
    file: WATCH_FILE,
    replace: [['Math.max(named - now, NAMED_LEAST_MS)', 'Math.max(named - now, 0)']],
    noticedBy: WATCH,
  },
  {
    without: 'the pause itself',
    file: WATCH_FILE,
    replace: [
      [
        'if (this.#pause !== null && this.#isOver(this.#pause)) this.#pause = null;',
        'this.#pause = null;',
      ],
    ],
    noticedBy: WATCH,
  },
  {
    without: 'what was told, remembered',
    file: WATCH_FILE,
    replace: [['if (outage !== null) outage.isTold = true;', '']],
    noticedBy: WATCH,
  },
  {
    without: 'what is given up counted before it is moved',
    file: WATCH_FILE,
    replace: [
      [
        'this.#untold.givenUp += expired.length;\n    await this.#save();',
        'this.#untold.givenUp += expired.length;',
      ],
    ],
    noticedBy: WATCH,
  },
  {
    without: 'the clocks read before times are written down',
    file: WATCH_FILE,
    replace: [
      ['async #save(): Promise<void> {\n    this.#readClocks();', 'async #save(): Promise<void> {'],
    ],
    noticedBy: WATCH,
  },
  {
    without: 'the clocks read before a message is given up',
    file: WATCH_FILE,
    replace: [
      [
        'async #giveUp(): Promise<void> {\n    this.#readClocks();',
        'async #giveUp(): Promise<void> {',
      ],
    ],
    noticedBy: ['test/send/watch.test.ts'],
  },
  {
    without: 'the count of what is given up, on disk before it is',
    file: WATCH_FILE,
    replace: [['    if (this.#isDirty) {\n', '    if (left < 0) {\n']],
    noticedBy: WATCH,
  },
  {
    without: 'the steps of a clock that is set',
    file: 'src/send/step-clock.ts',
    replace: [['return this.clock.uptime() + this.#difference;', 'return this.#now;']],
    noticedBy: ['test/send/watch.test.ts'],
  },
  {
    without: 'the list of what the watch put into sent',
    file: 'src/send/kept.ts',
    replace: [['this.disk.append(this.#path, line(name, { at, ino }));', '']],
    noticedBy: WATCH,
  },
  {
    without: 'the message out of new before it is handed over',
    file: EMPTY_SPOOL,
    replace: [
      ['this.#isStillWritten = !(await this.claim.handOver());', 'this.#isStillWritten = false;'],
    ],
    noticedBy: WATCH,
  },
  {
    without: 'the flush of the move before it is handed over',
    file: 'src/send/spool.ts',
    replace: [["await folders.flush('sending', 'new');\n", '']],
    noticedBy: WATCH,
  },
  {
    without: 'what a killed run left, moved to unknown',
    file: 'src/send/spool.ts',
    replace: [
      [
        "await this.folders.move(name, 'sending', 'unknown');",
        "await this.folders.move(name, 'sending', 'new');",
      ],
    ],
    noticedBy: WATCH,
  },
  {
    without: 'the envelope that goes along',
    file: 'src/send/folders.ts',
    replace: [['if (hasEnvelope) this.disk.copy(envelope, copy);', '']],
    noticedBy: WATCH,
  },
];

const OF_A_SHARED_STORE: readonly Fence[] = [
  {
    without: 'the claim named by each change of a record',
    file: 'src/stores/postgres/postgres-site-store.ts',
    replace: [["holding(schema, '$1', '$2')", "'select where $1::text is distinct from $2::text'"]],
    noticedBy: CONTRACT,
  },
  {
    without: 'the claim named by each change of a team’s secret',
    file: TEAM_TABLE,
    replace: [['held as (select where ', 'held as (select where true or ']],
    noticedBy: TEAM,
  },
  {
    without: 'the generation of the team named by each secret',
    file: TEAM_TABLE,
    replace: [['where generation = $4 for share', 'where generation >= $4 for share']],
    noticedBy: TEAM,
  },
  {
    without: 'the secret as it was read, where it is sealed anew',
    file: TEAM_TABLE,
    replace: [[' and s.sealed = fresh.former', '']],
    noticedBy: TEAM,
  },
  {
    without: 'an id of its own beside the generation of a claim',
    file: CLAIMS,
    replace: [["f.generation || ' ' || f.claim", "f.generation || ' '"]],
    noticedBy: CONTRACT,
  },
  {
    without: 'the lock that others wait for',
    file: CLAIMS,
    replace: [
      [
        'else pg_try_advisory_lock(hashtextextended($3, 0))',
        'else pg_try_advisory_lock(hashtextextended($3, 0)) or true',
      ],
    ],
    // Not all of them: without the lock, those that wait for a second run to queue never end.
    noticedBy: [...CONTRACT, '--testNamePattern=twenty runs at once'],
  },
  {
    without: 'another id after an answer was lost',
    file: CLAIMS,
    replace: [
      [
        'if (fence.nextId === null) return;\n  // The',
        "if (fence.nextId !== '') return;\n  // The",
      ],
    ],
    noticedBy: LATE,
  },
  {
    without: 'that id before it is said what is stored',
    file: 'src/stores/postgres/postgres-site-store.ts',
    replace: [['    await claims.settle(key);\n', '']],
    noticedBy: LATE,
  },
];

export const FENCES: readonly Fence[] = [...OF_EVERY_STORE, ...OF_A_SHARED_STORE];
