/**
 * Three computers on one shared store, whose clocks don't agree, killed at random while the database restarts under
 * them: each site is switched once, on a proof that Gmail gave; nothing is lost; and the history tells all of it.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SentMessage } from '../stand-in/post-office.js';
import { type GoogleStandIn, startGoogle } from '../stand-in/stand-in.js';
import { type KeychainSetting, startKeyring } from '../support/keyring.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { randomOf } from '../support/random.js';
import { describeWith } from '../support/system-part.js';
import { newWorkspace, SMTP_PASSWORD, type Workspace } from '../support/workspace.js';

const SITES = process.env.TEST_ALL === undefined ? 60 : 300;
/** Sites that a run has in hand at once: as many as one kill can catch amid a send. */
const PARALLEL = 4;
/** How far each computer's clock is ahead, in milliseconds: more than a restart of the server takes. */
const CLOCKS = [0, 25_000, -25_000];
/** A run is killed within this time, where it is killed at all. */
const KILL_WITHIN_MS = 2_000;
/** How long Gmail may be at a message of a run that is dead. */
const ON_ITS_WAY_MS = 5_000;
const LIMIT_MS = 15 * 60_000;
const OTHER_CLOCK = fileURLToPath(new URL('../support/other-clock.cjs', import.meta.url));

/** What a message asks to be typed. */
function referenceIn({ parsed }: SentMessage): string {
  return /[A-Z]{3}-\d{3}/.exec(parsed.text ?? '')?.[0] ?? '';
}

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
  const random = randomOf('When runs over a shared store are killed');
  const references = new Map<string, string>();
  const names = Array.from({ length: SITES }, (_, number) => `site-${number}`);
  const accountOf = (name: string) => `${name}@harbour-physio.example`;

  beforeAll(async () => {
    const keep = (message: SentMessage) => references.set(message.id, referenceIn(message));
    [google, server] = [await startGoogle({ onMessage: keep }), await startPostgres()];
    // A send takes a while, so that runs are killed amid one.
    google.misbehave('send', { kind: 'delay', ms: 50 });
    url = await server.newDatabase();
    for (const name of names)
      google.addAccount({ email: accountOf(name), hostedDomain: 'harbour-physio.example' });
    keyrings = [];
    computers = [];
    for (const ahead of CLOCKS) {
      const keyring = await startKeyring({ unlocked: true });
      keyrings.push(keyring);
      computers.push(
        await newWorkspace(google, {
          env: {
            ...keyring.env,
            WRITEUPP_MAIL_STORE: url,
            WRITEUPP_MAIL_CREDENTIALS: 'team',
            WRITEUPP_MAIL_PASSPHRASE: undefined,
            NODE_OPTIONS: `--require=${OTHER_CLOCK}`,
            TEST_CLOCK_AHEAD_MS: String(ahead),
          },
        }),
      );
    }
    await prepareTeam();
  }, 300_000);
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
      const seen = { kills: [] as Date[], restarts: 0, unexpected: [] as unknown[] };
      const began = performance.now();
      let isOver = false;

      async function work(computer: Workspace): Promise<void> {
        while (!isOver) {
          const todo = await left().catch(() => null);
          if (todo === null) {
            // The server is away for this test too.
            await sleep(100);
            continue;
          }
          const name = todo[Math.floor(random() * todo.length)];
          if (name === undefined) return;
          // One site, or all that is left: the other computers are at some of them.
          const which =
            random() < 0.2 ? ['--site', name] : ['--all', '--parallel', String(PARALLEL)];
          const args = [...which, '--service-account', keyFile];
          const running = computer.start(['migrate', '--yes', '--json', ...args]);
          const killing = random() < 0.9 ? random() * KILL_WITHIN_MS : null;
          const kill = () => {
            // One that has just ended is not killed any more.
            if (running.child.kill('SIGKILL')) seen.kills.push(new Date());
          };
          const timer = killing === null ? undefined : setTimeout(kill, killing);
          const { code, signal, error } = await running.ended;
          clearTimeout(timer);
          // What a later try fixes: another run holds the site, or the database was away for too long.
          if (signal !== 'SIGKILL' && code !== 0 && code !== 5) {
            seen.unexpected.push(error ?? code);
            isOver = true;
          }
        }
      }

      async function restart(): Promise<void> {
        while (!isOver) {
          await sleep(1_200 + random() * 1_500);
          if (isOver) return;
          await server.stop();
          await sleep(random() * 500);
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

      // Whatever a killed run left: the next one on that site clears it, and finds all done.
      const [first] = computers;
      const passwords = async () => {
        const { rows } = await server.query(
          url,
          "select distinct site_key from writeupp_mail_rehearsal.secret where slot like 'smtp-password%'",
        );
        return rows.map(({ site_key }) => String(site_key));
      };
      const uncleared = await passwords();
      for (const name of uncleared) {
        const again = await first?.run(['migrate', '--yes', '--json', '--site', name]);
        expect(again).toMatchObject({ code: 0, result: { pathway: 'gmail', smtp: null } });
      }
      expect(await passwords()).toEqual([]);

      // What was done and its line are one change: the history has all of it, once, and in the order in which it was.
      const told = (await first?.run(['history', '--json']))?.events as unknown as Told[];
      const again: (readonly SentMessage[])[] = [];
      for (const name of names) {
        const lines = told.filter(({ site }) => site === name);
        const sent = google.messages.filter(({ account }) => account === accountOf(name));
        if (sent.length > 1) again.push(sent);
        const order = ['add-site', 'sign-in', 'test-message', 'revert-smtp'];
        expect(lines.map(({ step }) => step)).toEqual(order);
        expect(lines.map(({ at }) => at)).toEqual(lines.map(({ at }) => at).sort());
        const proof = lines.at(-1)?.proof;
        expect(proof?.by).toBe('test-message');
        // A message that Gmail accepted, of this very site.
        expect(sent.map(({ id }) => id)).toContain(proof?.testMessage?.id);
      }

      // One test message a site. Another one only where a run was killed between Gmail's answer and its record; it says
      // the same as the first.
      const perKill = new Map<Date, number>();
      for (const messages of again) {
        expect(new Set(messages.map(({ id }) => references.get(id))).size).toBe(1);
        for (const [index, { acceptedAt }] of messages.slice(0, -1).entries()) {
          const next = messages[index + 1]?.acceptedAt ?? acceptedAt;
          // What the killed run had on its way to Gmail may have been accepted a moment later.
          const from = acceptedAt.getTime() - ON_ITS_WAY_MS;
          const [kill] = seen.kills
            .filter((at) => at.getTime() >= from && at <= next)
            .sort((one, other) => (perKill.get(one) ?? 0) - (perKill.get(other) ?? 0));
          if (kill === undefined) throw new Error('a second message, and no run was killed');
          perKill.set(kill, (perKill.get(kill) ?? 0) + 1);
        }
      }
      expect(Math.max(0, ...perKill.values())).toBeLessThanOrEqual(PARALLEL);

      const tale = {
        sites: SITES,
        seconds: Math.round((performance.now() - began) / 1_000),
        kills: seen.kills.length,
        restarts: seen.restarts,
        passwordsLeftByKills: uncleared.length,
        sentAgainAfterKills: google.messages.length - SITES,
      };
      process.stdout.write(`Shared store: ${JSON.stringify(tale)}\n`);
    },
    LIMIT_MS,
  );
});
