/** The program on Windows, by Wine: a kit from the ZIP file to the last double-click, and what Windows does otherwise. */

import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { playPerson } from '../stand-in/person.js';
import { kitFor, unpack } from '../support/kit.js';
import { describeWith } from '../support/system-part.js';
import { useStandIn } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';
import { onWindows, startWine, type Wine, type WineProcess } from './wine.js';

const LIMIT_MS = 10 * 60_000;

/** What cmd takes apart where it can. */
const FOLDER = 'Größe & Söhne (x86) ! ^ kit';

describeWith(['wine', 'tmux'], 'Windows', () => {
  const { google } = useStandIn();
  let wine: Wine;
  let kit: string;

  beforeAll(async () => {
    const zip = await kitFor('win-x64');
    wine = await startWine();
    kit = join(wine.folder, FOLDER);
    await unpack(zip, kit);
  }, LIMIT_MS);
  afterAll(() => wine?.close(), LIMIT_MS);

  const smtp = { host: 'smtp.gmail.com', port: 587, security: 'starttls', user: ACCOUNT };
  const site = (name: string) => ({ name, organisation: 'Harbour Physio', login: LOGIN, smtp });
  const ofGoogle = () => ({ WRITEUPP_MAIL_GOOGLE_URL: google.url });

  /** A computer with a vault, in a folder of its own. */
  async function newHome(
    name: string,
  ): Promise<{ readonly env: NodeJS.ProcessEnv; readonly path: string }> {
    const path = join(wine.folder, name);
    await mkdir(join(path, 'rehearsal'), { recursive: true });
    await writeFile(join(path, 'rehearsal/oauth-client.json'), JSON.stringify(google.clientFile()));
    await writeFile(join(path, 'sites.json'), JSON.stringify({ sites: [site(SITE)] }));
    const env = {
      ...ofGoogle(),
      WRITEUPP_MAIL_HOME: onWindows(path),
      WRITEUPP_MAIL_CREDENTIALS: 'vault',
      WRITEUPP_MAIL_PASSPHRASE: 'a passphrase of the tests',
    };
    return { env, path: join(path, 'rehearsal') };
  }

  const node = () => onWindows(join(kit, 'app/node.exe'));
  const program = (...args: string[]) => [
    node(),
    onWindows(join(kit, 'app/bin/writeupp-mail.js')),
    ...args,
  ];
  const recordOf = async (home: string) =>
    JSON.parse(await readFile(join(home, 'sites', `${SITE}.json`), 'utf8'));
  const imported = (env: NodeJS.ProcessEnv, path: string) =>
    wine.start(program('site', 'import', onWindows(join(path, '../sites.json')), '--json'), { env })
      .ended;
  const last = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1) ?? '');

  /** Commands in one batch file, with the program as %P%; what each ended with, and its standard output by its number. */
  async function commands(
    lines: readonly string[],
    env: NodeJS.ProcessEnv,
    cwd: string,
  ): Promise<{ readonly codes: number[]; output(index: number): Promise<string> }> {
    const all = lines.flatMap((line, index) => [
      `"%NODE%" "%PROGRAM%" ${line} > ${index}.out 2> ${index}.err`,
      'echo %ERRORLEVEL%>> codes',
    ]);
    const [, script] = program();
    await wine.batch(all, { cwd, env: { ...env, NODE: node(), PROGRAM: script } });
    const codes = (await readFile(join(cwd, 'codes'), 'utf8')).trim().split(/\s+/).map(Number);
    return { codes, output: (index) => readFile(join(cwd, `${index}.out`), 'utf8') };
  }

  /** Plays the person of a sign-in that the browser was opened for. */
  const person = async () => playPerson(await wine.nextAddress(), { account: ACCOUNT });

  test(
    'a kit: from a double-click to the end of the SMTP settings, by Credential Manager; then again',
    async () => {
      const file = { sites: [site(SITE)], client: google.clientFile() };
      await writeFile(join(kit, `${SITE}.json`), JSON.stringify(file));
      const first = await wine.doubleClick(kit, 'Switch to Gmail.cmd', ofGoogle());
      await first.see('This is the file of Harbour Physio:');
      await first.see('Press Enter to go on');
      await first.type('');
      await first.see('Press Enter to open it in your browser');
      await first.type('');
      await person();
      await first.see('Type its reference');
      const text = google.mailbox(LOGIN).at(-1)?.parsed.text ?? '';
      await first.type(/\b[A-Z]{3}-\d{3}\b/.exec(text)?.[0] ?? '');
      await first.see('Removed the SMTP settings');
      await first.see('double-click "Done in WriteUpp"');
      await first.see('It holds the client secret');
      await first.see('Press any key');
      await first.type('');
      expect(await first.ended()).toBe(0);

      const users = join(wine.folder, 'prefix/drive_c/users');
      const [user = ''] = (await readdir(users)).filter((name) => name !== 'Public');
      const settings = join(users, user, 'AppData/Roaming/writeupp-mail/Config/rehearsal');
      expect(await recordOf(settings)).toMatchObject({
        smtp: null,
        gmail: { email: ACCOUNT },
        credentials: 'keychain',
      });
      // Nothing is written beside the kit.
      expect((await readdir(kit)).sort()).toEqual([
        ...['Done in WriteUpp.cmd', 'How email goes out now.cmd', 'Read me first.txt'],
        ...['Switch to Gmail.cmd', 'Type a command.cmd', 'app', `${SITE}.json`],
      ]);

      // Dragged on to it, from another folder.
      const elsewhere = join(wine.folder, 'Müller & Co (1).json');
      await rename(join(kit, `${SITE}.json`), elsewhere);
      const second = await wine.doubleClick(kit, 'Switch to Gmail.cmd', ofGoogle(), elsewhere);
      await second.see('Harbour Physio sends by Gmail already');
      await second.see('Press any key');
      await second.type('');
      expect(await second.ended()).toBe(0);

      const done = await wine.doubleClick(kit, 'Done in WriteUpp.cmd', ofGoogle());
      await done.see('Press any key');
      await done.type('');
      expect(await done.ended()).toBe(0);
      const again = await wine.doubleClick(kit, 'How email goes out now.cmd', ofGoogle());
      await again.see('Email goes by Gmail');
      await again.see('Press any key');
      await again.type('');
      expect(await again.ended()).toBe(0);
    },
    LIMIT_MS,
  );

  test(
    'a starter that was taken out of its folder says what to do',
    async () => {
      const alone = join(wine.folder, 'alone');
      await mkdir(alone);
      await cp(join(kit, 'Switch to Gmail.cmd'), join(alone, 'Switch to Gmail.cmd'));
      const run = await wine.start(['cmd', '/c', 'Switch to Gmail.cmd'], {
        cwd: alone,
        input: '\r\n',
      }).ended;
      expect(run).toMatchObject({
        code: 1,
        stdout: expect.stringContaining('choose "Extract All"'),
      });
    },
    LIMIT_MS,
  );

  test(
    'commands by cmd, with a vault: import, export, the switch, send, a spool, history, doctor, sign-out',
    async () => {
      const { env, path } = await newHome('Zoë & (1) home');
      const cwd = join(path, '..');
      const message = `From: ${ACCOUNT}\r\nTo: pat@patient.example\r\nSubject: Hello\r\n\r\nText.\r\n`;
      await writeFile(join(cwd, 'message.eml'), message);
      await mkdir(join(cwd, 'spool/new'), { recursive: true });
      for (const name of ['a.eml', 'b.eml']) await writeFile(join(cwd, 'spool/new', name), message);
      const sent = () => google.mailbox('pat@patient.example').length;
      const before = sent();
      const running = commands(
        [
          'site import - --json < sites.json',
          'site export',
          'migrate --yes --json',
          'send --json < message.eml',
          'send --batch spool --json',
          'history --json',
          'doctor --json',
          'sign-out --yes --json',
        ],
        env,
        cwd,
      );
      await person();
      const { codes, output } = await running;
      expect(codes).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
      expect(JSON.parse(await output(1))).toMatchObject([{ name: SITE, login: LOGIN }]);
      expect(last(await output(2))).toMatchObject({ pathway: 'gmail', smtp: null });
      expect(last(await output(4))).toMatchObject({ event: 'result', sent: 2 });
      expect(sent()).toBe(before + 3);
      expect(await output(5)).toContain('"step":"revert-smtp"');
      const checks = (await output(6))
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      for (const name of ['node', 'settings-folder', 'records', 'listener']) {
        expect(checks).toContainEqual(expect.objectContaining({ name, status: 'pass' }));
      }
      // How long it took, which is a warning if it was long, tells of this machine.
      expect(checks).toContainEqual(
        expect.objectContaining({
          name: 'secrets',
          message: expect.stringContaining('stored in the vault'),
        }),
      );
      // No lock of a message stays; the one for moving messages does, and is used again.
      expect(await readdir(join(cwd, 'spool/.locks'))).toEqual(['moves']);
      expect(await recordOf(path)).toMatchObject({ gmail: null, smtp: null });
    },
    LIMIT_MS,
  );

  test(
    'a record that another program has open is waited for; where it stays open, it says so',
    async () => {
      const { env, path } = await newHome('open');
      const set = (name: string): WineProcess =>
        wine.start(program('site', 'set', SITE, '--organisation', name, '--json'), { env });
      expect(await imported(env, path)).toMatchObject({ code: 0 });
      const hold = async (until: string): Promise<WineProcess> => {
        const code = `const { closeSync, existsSync, openSync } = require('fs');
          const file = openSync(process.argv[1], 'r'); console.log('open');
          setInterval(() => existsSync(process.argv[2]) && process.exit(closeSync(file)), 50)`;
        const record = onWindows(join(path, 'sites', `${SITE}.json`));
        const holder = wine.start([node(), '-e', code, record, onWindows(until)]);
        await holder.see('open');
        return holder;
      };
      const letGo = join(wine.folder, 'let-go');
      const holder = await hold(letGo);
      const changing = set('Harbour Two');
      const halves = async () =>
        (await readdir(join(path, 'sites'))).filter((name) => name.endsWith('.tmp'));
      while ((await halves()).length === 0) await sleep(50);
      await sleep(500);
      expect(await halves()).toHaveLength(1);
      await writeFile(letGo, '');
      expect(await changing.ended).toMatchObject({ code: 0 });
      expect(await recordOf(path)).toMatchObject({ organisation: 'Harbour Two' });
      await holder.ended;

      const never = join(wine.folder, 'never');
      const other = await hold(never);
      const refused = await set('Harbour Three').ended;
      expect(last(refused.stdout)).toMatchObject({
        code: 'storage',
        message: expect.stringContaining('another program has it open'),
      });
      expect(await recordOf(path)).toMatchObject({ organisation: 'Harbour Two' });
      expect(await halves()).toEqual([]);
      await writeFile(never, '');
      await other.ended;
    },
    LIMIT_MS,
  );

  test(
    'two runs at once change a site one after the other',
    async () => {
      const { env, path } = await newHome('two');
      expect(await imported(env, path)).toMatchObject({ code: 0 });
      const change = (...what: string[]) =>
        wine.start(program('site', 'set', SITE, ...what, '--json'), { env }).ended;
      const runs = await Promise.all([
        change('--organisation', 'Harbour Two'),
        change('--send-as', 'hello@harbour-physio.example'),
      ]);
      expect(runs.map(({ code }) => code)).toEqual([0, 0]);
      expect(await recordOf(path)).toMatchObject({
        organisation: 'Harbour Two',
        sendAs: 'hello@harbour-physio.example',
      });
    },
    LIMIT_MS,
  );

  test(
    'killed at several steps, the site can still send, and the next run finishes',
    async () => {
      const { env, path } = await newHome('killed');
      expect(await imported(env, path)).toMatchObject({ code: 0 });
      const migrate = () => wine.start(program('migrate', '--yes', '--json'), { env });
      // Whether a run needs a sign-in is decided by what the one before had stored when it was killed.
      let isOver = false;
      const attending = (async () => {
        for (; !isOver; await sleep(200)) {
          const address = await wine.newAddress();
          // A run that was killed meanwhile answers no more.
          if (address !== null) await playPerson(address, { account: ACCOUNT }).catch(() => null);
        }
      })();
      for (const step of ['sign-in', 'save-tokens', 'test-message']) {
        const running = migrate();
        await running.see(`"step":"${step}"`);
        running.kill();
        await running.ended;
        const { smtp: left, gmail } = await recordOf(path);
        expect(left ?? gmail).not.toBeNull();
      }
      const end = await migrate().ended;
      isOver = true;
      await attending;
      expect(end).toMatchObject({ code: 0 });
      expect(last(end.stdout)).toMatchObject({ pathway: 'gmail', smtp: null });
    },
    LIMIT_MS,
  );
});
