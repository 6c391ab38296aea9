/**
 * Each fence is needed: the program with one of them taken away, in a copy, and a test that notices it. A fence that
 * nothing misses is either not a fence or not tested. (With TEST_ALL=1: each takes a run of the test of its own.)
 */

import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MODEL = ['test/model/interleavings.test.ts'];
const SHARING = [...MODEL, '--testNamePattern=two sites'];
const MIGRATION = ['test/migration/migrate-site.test.ts'];
const HELD = ['test/sites/held-site.test.ts'];

/** A fence, and the text that takes it away. */
interface Mutant {
  readonly without: string;
  readonly file: string;
  readonly replace: readonly (readonly [code: string, by: string])[];
  /** Arguments of jest. */
  readonly noticedBy: readonly string[];
}

const HELD_SITE = 'src/sites/held-site.ts';
const HELD_RECORD = 'src/sites/held-record.ts';
const HELD_SECRETS = 'src/sites/held-secrets.ts';
const MUTANTS: readonly Mutant[] = [
  {
    without: 'the claim looked at before a secret is stored',
    file: HELD_SECRETS,
    replace: [
      [
        'await this.#record.assertHeld();\n    this.#known.delete(slot);',
        'this.#known.delete(slot);',
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the claim looked at before a secret is deleted',
    file: HELD_SECRETS,
    replace: [['await this.#record.assertHeld();\n      const isGone', 'const isGone']],
    noticedBy: MODEL,
  },
  {
    without: 'the id that a secret carries',
    file: 'src/sites/secrets.ts',
    replace: [['return found.id === id ? found.secret : null;', 'return id && found.secret;']],
    noticedBy: MODEL,
  },
  {
    without: 'the account held while a connection is kept',
    file: HELD_SITE,
    replace: [
      ['return await this.#withAccount(fresh, async () => {', 'return await (async () => {'],
      ['        return proven;\n      });', '        return proven;\n      })();'],
    ],
    noticedBy: SHARING,
  },
  {
    without: 'the account held while a connection is forgotten',
    file: HELD_SITE,
    replace: [
      ['return this.#withAccount(gmail, async () => {', 'return (async () => {'],
      ['      return outcome;\n    });', '      return outcome;\n    })();'],
    ],
    noticedBy: SHARING,
  },
  {
    without: 'the store named on record before its first secret',
    file: HELD_SECRETS,
    replace: [
      [
        'if (site.credentials === null) {\n      await this.#record.write',
        'if (site.credentials === undefined) {\n      await this.#record.write',
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the record changed before the password goes',
    file: HELD_SITE,
    replace: [
      [
        'await this.#record.write({ ...site, smtp: null',
        "await (await this.#holding.openCredentials()).delete(this.#record.key, passwordSlot(site.smtp.password?.slot ?? 'a'));\n    await this.#record.write({ ...site, smtp: null",
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the secrets forgotten before the record of a site',
    file: HELD_SITE,
    replace: [
      [
        'await this.#secrets.forgetAll();\n    await this.#record.remove();',
        'await this.#record.remove();\n    await this.#secrets.forgetAll();',
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'a place of its own for a new token',
    file: HELD_SITE,
    replace: [
      [
        "const turn = otherTurn(former?.method === 'oauth' ? former.tokenSlot : undefined);",
        "const turn = (former?.method === 'oauth' ? former.tokenSlot : undefined) ?? 'a';",
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
        'await this.#clear(credentials, accountedSlots(site));\n    await this.#forgetStoreIfEmpty();\n    return',
        'return',
      ],
    ],
    noticedBy: MODEL,
  },
  {
    without: 'the warrant’s fit to the connection and the claim',
    file: HELD_SITE,
    replace: [['requireFitting(authority, this.site.gmail, this.claimId, now);', '']],
    noticedBy: HELD,
  },
  {
    without: 'the record read again before SMTP settings go',
    file: HELD_SITE,
    replace: [
      [
        'const site = await this.reread();\n    if (site.smtp',
        'const { site } = this;\n    if (site.smtp',
      ],
    ],
    noticedBy: HELD,
  },
  {
    without: 'the record read again before the proof is judged',
    file: 'src/migration/revert-steps.ts',
    replace: [
      [
        'const site = await held.reread();\n    const authority',
        'const { site } = held;\n    const authority',
      ],
    ],
    noticedBy: MIGRATION,
  },
  {
    without: 'the record read again after the deletion',
    file: 'src/migration/revert-steps.ts',
    replace: [
      ['const site = await held.reread();\n    const way', 'const { site } = held;\n    const way'],
    ],
    noticedBy: MIGRATION,
  },
  {
    without: 'the account that the person agreed to',
    file: 'src/migration/revert-steps.ts',
    replace: [['expectedAccount: account', 'expectedAccount: options.account ?? account']],
    noticedBy: MIGRATION,
  },
  {
    without: 'the lock looked at before a record is written',
    file: 'src/stores/files/file-site-store.ts',
    replace: [['lock.assertHeld();\n          await write', 'await write']],
    noticedBy: ['test/stores/contract.test.ts'],
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
    file: 'src/connection/sign-out.ts',
    replace: [['if (others.length > 0) return', 'if (others.length > 99) return']],
    noticedBy: SHARING,
  },
  {
    without: 'Google’s own key of an account',
    file: 'src/connection/sign-out.ts',
    replace: [
      [
        'accountKey(site.gmail) === accountKey(connection)',
        'site.gmail.email === connection.email',
      ],
    ],
    noticedBy: SHARING,
  },
  {
    without: 'the live refresh in the proof',
    file: 'src/migration/proof.ts',
    replace: [
      [
        "if (refreshed?.id !== gmail.id) return 'not-refreshed';",
        "if (refreshed?.id === '') return 'not-refreshed';",
      ],
    ],
    noticedBy: ['test/migration/proof.test.ts'],
  },
  {
    without: 'a person’s No in the proof',
    file: 'src/migration/proof.ts',
    replace: [["if (test.arrival === 'denied') return 'said-not-arrived';", '']],
    noticedBy: MODEL,
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
    file: 'src/sites/site-fields.ts',
    replace: [
      [
        'password: isSameLogin ? old.password : null',
        'password: old?.password ?? (isSameLogin ? old.password : null)',
      ],
    ],
    noticedBy: MODEL,
  },
];

const testOfAll = process.env.TEST_ALL === '1' ? test.each : test.skip.each;

let copy: string;
beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'mutants-'));
  for (const name of ['package.json', 'src', 'test']) {
    await cp(join(ROOT, name), join(copy, name), { recursive: true });
  }
  await symlink(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
});
afterAll(() => rm(copy, { recursive: true }));

/** Runs tests on the copy; the lines that count them. */
function run(tests: readonly string[]): Promise<string> {
  const jest = join(ROOT, 'node_modules/jest/bin/jest.js');
  const child = spawn(
    process.execPath,
    ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', jest, ...tests],
    {
      cwd: copy,
      env: { ...process.env, TEST_ALL: '', MODEL_RUNS: '3000' },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  return new Promise((resolve) => {
    child.on('close', () => resolve(/^Tests: .*$/m.exec(output)?.[0] ?? output));
  });
}

testOfAll([{ tests: MODEL }, { tests: HELD }])(
  'with every fence in its place $tests passes',
  async ({ tests }) => {
    expect(await run(tests)).toMatch(/^Tests: +\d+ passed/);
  },
  600_000,
);

testOfAll(MUTANTS)(
  'without $without',
  async ({ file, replace, noticedBy }) => {
    const path = join(copy, file);
    const whole = await readFile(path, 'utf8');
    let text = whole;
    for (const [code, by] of replace) {
      // A fence that was moved or renamed must be named here anew.
      expect(text).toContain(code);
      text = text.replace(code, by);
    }
    await writeFile(path, text);
    try {
      expect(await run(noticedBy)).toMatch(/^Tests: +\d+ failed/);
    } finally {
      await writeFile(path, whole);
    }
  },
  600_000,
);
