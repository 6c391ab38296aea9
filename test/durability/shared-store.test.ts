/**
 * Three computers on one shared store, killed at random while the database restarts under them: each site is switched
 * once, on a proof that Gmail gave; nothing is lost; and the history tells it.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type GoogleStandIn, startGoogle } from '../google/stand-in.js';
import { type KeychainSetting, startKeyring } from '../support/keyring.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { describeWith } from '../support/system-part.js';
import { newWorkspace, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';

const SITES = process.env.TEST_ALL === undefined ? 40 : 300;
/** Sites that `--all` has in hand at once: as many as one kill can catch between a deed and its line. */
const PARALLEL = 4;
const COMPUTERS = 3;
/** A run is killed within this time, where it is killed at all: a whole one takes about a second. */
const KILL_WITHIN_MS = 2_500;
const LIMIT_MS = SITES * 10_000;

interface Told {
  readonly site: string;
  readonly at: string;
  readonly step: string;
  readonly proof?: { readonly by: string; readonly testMessage: { readonly id: string } | null };
}

describeWith(['postgres', 'keyring'], 'a shared store', () => {
  let google: GoogleStandIn;
  let server: TestPostgres;
  let url: string;
  let keyrings: KeychainSetting[];
  let computers: Workspace[];
  let keyFile: string;
  const names = Array.from({ length: SITES }, (_, number) => `site-${number}`);
  const accountOf = (name: string) => `${name}@harbour-physio.example`;

  beforeAll(async () => {
    [google, server] = [await startGoogle(), await startPostgres()];
    url = await server.newDatabase();
    for (const name of names)
      google.addAccount({ email: accountOf(name), hostedDomain: 'harbour-physio.example' });
    keyrings = [];
    computers = [];
    for (let number = 0; number < COMPUTERS; number += 1) {
      const keyring = await startKeyring({ unlocked: true });
      keyrings.push(keyring);
      computers.push(
        await newWorkspace(google, {
          env: {
            ...keyring.env,
            WRITEUPP_MAIL_STORE: url,
            WRITEUPP_MAIL_CREDENTIALS: 'team',
            WRITEUPP_MAIL_PASSPHRASE: undefined,
          },
        }),
      );
    }
    await prepareTeam();
  }, 120_000);
  afterAll(async () => {
    for (const computer of computers ?? []) await computer.remove();
    for (const keyring of keyrings ?? []) await keyring.stop();
    await server?.close();
    await google?.close();
  });

  /** The first computer brings the sites and lets the others in. */
  async function prepareTeam(): Promise<void> {
    const [first, ...others] = computers;
    if (first === undefined) throw new Error('no computers');
    keyFile = join(first.folder, 'key.json');
    await writeFile(keyFile, JSON.stringify(await google.addServiceAccount().newKey()), {
      mode: 0o600,
    });
    const rows = names.map((name) =>
      [
        name,
        accountOf(name),
        'smtp.gmail.com',
        accountOf(name),
        SMTP_PASSWORD,
        accountOf(name),
      ].join(','),
    );
    const table = `name,login,smtp-host,smtp-user,smtp-password,account\n${rows.join('\n')}\n`;
    const imported = await first.run(['site', 'import', '-', '--json'], { input: table });
    if (imported.code !== 0) throw new Error(imported.stdout + imported.stderr);
    for (const [number, other] of others.entries()) {
      const { result } = await other.run(['team', 'list', '--json']);
      await first.run(['team', 'add', `person-${number}`, String(result?.recipient)]);
    }
  }

  async function left(): Promise<string[]> {
    const { rows } = await server.query(
      url,
      "select name from writeupp_mail_rehearsal.site where record->'smtp' <> 'null' order by key",
    );
    return rows.map(({ name }) => String(name));
  }

  test(
    'killed and restarted at random, switches each site once, on proof, and tells it',
    async () => {
      const seen = { kills: 0, restarts: 0, unexpected: [] as unknown[] };
      let isOver = false;

      async function work(computer: Workspace): Promise<void> {
        while (!isOver) {
          const todo = await left().catch(() => null);
          if (todo === null) {
            // The server is away for this test too.
            await sleep(100);
            continue;
          }
          const name = todo[Math.floor(Math.random() * todo.length)];
          if (name === undefined) return;
          // One site, or all that is left: the other computers are at some of them.
          const which = Math.random() < 0.3 ? ['--site', name] : ['--all'];
          const args = [...which, '--service-account', keyFile];
          const running = computer.start(['migrate', '--yes', '--json', ...args]);
          const killing = Math.random() < 0.8 ? Math.random() * KILL_WITHIN_MS : null;
          const timer =
            killing === null ? undefined : setTimeout(() => running.child.kill('SIGKILL'), killing);
          const { code, signal, error } = await running.ended;
          clearTimeout(timer);
          if (signal === 'SIGKILL') seen.kills += 1;
          // What a later try mends: another run holds the site, or the database was away for too long.
          else if (code !== 0 && code !== 5) {
            seen.unexpected.push(error ?? code);
            isOver = true;
          }
        }
      }

      async function restart(): Promise<void> {
        while (!isOver) {
          await sleep(1_000 + Math.random() * 2_000);
          if (isOver) return;
          await server.stop();
          await sleep(Math.random() * 500);
          await server.start();
          seen.restarts += 1;
        }
      }

      const restarting = restart();
      await Promise.all(computers.map(work));
      isOver = true;
      await restarting;
      expect(seen.unexpected).toEqual([]);
      expect(await left()).toEqual([]);
      process.stdout.write(`Shared store: ${JSON.stringify({ SITES, ...seen })}\n`);

      // Whatever a killed run left: the next one on that site clears it, and finds all done.
      const [first] = computers;
      const passwords = async () => {
        const { rows } = await server.query(
          url,
          "select distinct site_key from writeupp_mail_rehearsal.secret where slot like 'smtp-password%'",
        );
        return rows.map(({ site_key }) => String(site_key));
      };
      for (const name of await passwords()) {
        const again = await first?.run(['migrate', '--yes', '--json', '--site', name]);
        expect(again).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
      }
      expect(await passwords()).toEqual([]);

      const told = (await first?.run(['history', '--json']))?.events as unknown as Told[];
      const sent = new Map(google.messages.map(({ id, account }) => [id, account]));
      let untold = 0;
      for (const name of names) {
        const of = told.filter(({ site }) => site === name);
        const reverts = of.filter(({ step }) => step === 'revert-smtp');
        expect(reverts.length).toBeLessThanOrEqual(1);
        // A run that was killed between the deed and its line left the line out.
        if (reverts.length === 0) untold += 1;
        for (const { proof } of reverts) {
          expect(proof?.by).toBe('test-message');
          expect(sent.get(proof?.testMessage?.id ?? '')).toBe(accountOf(name));
        }
        const order = ['add-site', 'sign-in', 'test-message', 'revert-smtp'];
        const steps = of.map(({ step }) => order.indexOf(step));
        expect(steps).not.toContain(-1);
        expect(steps).toEqual([...steps].sort((one, other) => one - other));
      }
      expect(untold).toBeLessThanOrEqual(seen.kills * PARALLEL);
      // One test message a site; another one only where a run was killed before it had put the first on record.
      expect(google.messages.length).toBeGreaterThanOrEqual(SITES);
      expect(google.messages.length).toBeLessThanOrEqual(SITES + seen.kills * PARALLEL);
    },
    LIMIT_MS,
  );
});
