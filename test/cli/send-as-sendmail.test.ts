/** `send` in sendmail's place: by its name, with its options, and with the largest of messages. */

import { type ChildProcess, spawn } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { simpleParser } from 'mailparser';
import { readFixture, takeApart, valuesOf } from '../support/eml.js';
import { politely, startScriptedServer, startSmtpServer } from '../support/mail-server.js';
import { addSmtpSite, connectSite } from '../support/mail-site.js';
import { PROGRAM } from '../support/program.js';
import { useComputer } from '../support/use-stand-in.js';

/** Google's limit (Gmail API discovery document). */
const LIMIT = 36_700_160;

/** What the largest message may take, in bytes. */
const MEMORY_MAX = 200_000_000;

const { google, workspace, newComputer } = useComputer({ computerFor: 'file' });
let sendmail: string;

beforeAll(async () => {
  await connectSite(workspace);
  sendmail = join(workspace.folder, 'sendmail');
  await symlink(PROGRAM, sendmail);
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the link as other programs do: by its path, through its first line. */
async function run(
  args: readonly string[],
  input: Buffer | string,
  name = sendmail,
  more: NodeJS.ProcessEnv = {},
): Promise<Ended> {
  // On Debian, Node.js may be missing from the PATH of the tests; the first line needs it there.
  const path = `${join(process.execPath, '..')}:${process.env.PATH}`;
  const env = { ...workspace.env, PATH: path, ...more };
  const child = spawn(name, args, { env });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return ending(child);
}

function ending(child: ChildProcess): Promise<Ended> {
  let stdout = '';
  let stderr = '';
  child.stderr?.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdout?.on('data', (chunk) => {
    stdout += chunk;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

describe('a link named sendmail', () => {
  test.each<[string, readonly string[], string]>([
    ['PHP', ['-t', '-i'], 'bcc'],
    [
      'cron on Debian',
      ['-FCronDaemon', '-i', '-odi', '-oem', '-oi', '-t', '-f', 'root'],
      'no-message-id',
    ],
    [
      'cron on Red Hat',
      ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'pat@patient.example'],
      'no-message-id',
    ],
    ['mutt', ['-oem', '-oi', '-f', 'jane@clinic.example', '--', 'pat@patient.example'], 'plain'],
    ['git send-email', ['-i', 'pat@patient.example'], 'plain'],
    ['Nagios', ['-bm', '-r', '<jane@clinic.example>', '-ti'], 'plain'],
    ['nobody in particular', ['-N', 'failure,delay', '-R', 'hdrs', '-v', '-t'], 'plain'],
    ['GNU mailutils', ['-oi', '-f', 'root@box', '-t'], 'plain'],
    ['bsd-mailx', ['-i', '-f', '<>', 'pat@patient.example'], 'plain'],
    ['-V and -h', ['-V', 'envelope-1', '-h', '3', '-t'], 'plain'],
    ['-em', ['-em', '-oi', '-t'], 'plain'],
    ['-e m', ['-e', 'm', '-A', 'c', '-t'], 'plain'],
    ['-O', ['-O', 'DeliveryMode=background', '-t'], 'plain'],
    ['Exim’s facts', ['-oMr', 'local', '-oMa', '192.0.2.1', '-oee', '-G', '-t'], 'plain'],
    [
      'options that change nothing',
      ['-n', '-m', '-x', '-U', '-Ac', '-L', 'tag', '-X', '/x', '-t'],
      'plain',
    ],
    ['msmtp’s', ['--read-envelope-from', '--read-recipients', '-C', '/x'], 'plain'],
    ['ssmtp', ['-4', '-t'], 'plain'],
    ['BusyBox', ['-w', '5', '-ti'], 'plain'],
    ['options after recipients', ['pat@patient.example', '-F', 'A Name', '-i'], 'plain'],
  ])('takes what %s gives it', async (_name, args, fixture) => {
    const before = google.messages.length;
    expect(await run(args, readFixture(fixture))).toMatchObject({ code: 0, stdout: '' });
    expect(google.messages).toHaveLength(before + 1);
  });

  test('sends nothing for the command of --notify, and says so with 69', async () => {
    const before = google.messages.length;
    const more = { WRITEUPP_MAIL_NOTIFYING: '1' };
    const told = await run(['-t', '-i'], readFixture('plain'), sendmail, more);
    expect(told).toMatchObject({ code: 69, stdout: '' });
    expect(told.stderr).toContain('News by --notify');
    expect(google.messages).toHaveLength(before);
  });

  test.each([
    [['-bs'], 'to take messages by SMTP'],
    [['-bp'], 'has no queue'],
    [['-bi'], 'aliases'],
    [['-I'], 'aliases'],
    [['-bd'], 'to wait for messages as a server'],
    [['-bd', '-q15m'], 'which this program does not do'],
    [['-q'], 'has no queue'],
    [['-qff'], 'has no queue'],
    [['-Mrm', '1-2-3'], 'has no queue'],
    [['-bv', 'pat@patient.example'], 'something else'],
    [['-bt'], 'something else'],
    [['-S', 'mail.example:25', '-t'], 'a mail server of its own'],
    [['-auuser', '-apsecret', '-t'], 'a login of its own'],
    [['-a', 'default', '-t'], 'an account'],
    [['--account=default', '-t'], 'an account'],
    [['-9', '-t'], 'something else'],
    [['--unknown'], 'Unknown option'],
  ])('refuses %j in words', async (options, words) => {
    const before = google.messages.length;
    const ended = await run(options, readFixture('plain'));
    expect(ended).toMatchObject({ code: 64, stdout: '' });
    expect(ended.stderr).toContain(words);
    expect(ended.stderr).not.toContain('secret');
    expect(google.messages).toHaveLength(before);
  });

  test.each([
    ['newaliases', 'aliases'],
    ['mailq', 'has no queue'],
  ])('and one named %s are told', async (name, words) => {
    const link = join(workspace.folder, name);
    await symlink(PROGRAM, link);
    const ended = await run([], '', link);
    expect(ended).toMatchObject({ code: 64, stdout: '' });
    expect(ended.stderr).toContain(words);
  });

  test.each<[string, string, readonly string[], number]>([
    ['that can’t be used', 'To: root\n\nx\n', ['-t'], 65],
    ['without a recipient', 'Subject: x\n\nx\n', ['-t'], 65],
    ['without a header, with -t', 'Backup is done\n', ['-t'], 65],
    ['for a site that is not there', 'To: a@x.example\n\nx\n', ['-t', '--site', 'nobody'], 64],
  ])('ends on a message %s with %s → %s', async (_name, input, args, code) => {
    expect(await run(args, input)).toMatchObject({ code, stdout: '' });
  });

  test.each([
    ['gmail-rate-limit', 75],
    ['gmail-mail-sending-limit', 75],
    ['gmail-insufficient-permissions', 75],
    ['gmail-backend-503', 74],
    ['gmail-invalid-to-header', 65],
  ] as const)('ends on Gmail’s %s with %s', async (name, code) => {
    google.fail(name);
    const ended = await run(['-t'], readFixture('plain'));
    google.behave();
    expect(ended).toMatchObject({ code, stdout: '' });
  });

  test('keeps a message where the environment names a site that is not there: 75', async () => {
    const named = { WRITEUPP_MAIL_SITE: 'nobody' };
    const ended = await run(['-t'], readFixture('plain'), sendmail, named);
    expect(ended).toMatchObject({ code: 75, stdout: '' });
    expect(ended.stderr).toContain('No site "nobody" is on record');
  });

  test('keeps it where the server refuses the login, or wants one: 75', async () => {
    const login = { user: 'info', password: 'the right one' };
    const server = await startSmtpServer({ security: 'none', login });
    const wanting = await startScriptedServer(
      (line) => (line.startsWith('MAIL') ? '530 5.7.0 Authentication required' : politely(line)),
      '250 taken',
    );
    const [one, other] = [await newComputer(), await newComputer()];
    const wrong = { ...login, password: 'the wrong one' };
    await addSmtpSite(one, { port: server.port, security: 'none' }, wrong);
    await addSmtpSite(other, { port: wanting.port, security: 'none' });
    for (const { env } of [one, other]) {
      const ended = await run(['-t'], readFixture('plain'), sendmail, {
        WRITEUPP_MAIL_HOME: env.WRITEUPP_MAIL_HOME,
      });
      expect(ended).toMatchObject({ code: 75, stdout: '' });
    }
    await Promise.all([server.close(), wanting.close()]);
  });

  test.each([
    ['C', /^[\n\x20-\x7e]*$/],
    ['C.UTF-8', /✗/],
  ])('speaks as the locale %s can', async (locale, form) => {
    const ended = await run(['-t'], 'To: root\n\nx\n', sendmail, { LC_ALL: locale });
    expect(ended.code).toBe(65);
    expect(ended.stderr).toContain('root');
    expect(ended.stderr).toMatch(form);
  });

  test('lets nothing leave that only transport writes, nor Bcc in an old form, nor long lines', async () => {
    const header =
      'Return-Path: <jo@x.example>\nDelivered-To: hidden@patient.example\nContent-Length: 5\nFrom: jo@x.example\nTo: pat@patient.example\nBcc : h1@patient.example\nBcc: h2@patient.example\n';
    const line = 'word '.repeat(30).trim();
    expect(await run(['-t'], `${header}\n${line}\n`)).toMatchObject({ code: 0 });
    const { raw } = google.messages.at(-1) ?? { raw: Buffer.alloc(0) };
    const arrived = takeApart(raw);
    for (const name of ['return-path', 'delivered-to', 'content-length']) {
      expect(valuesOf(arrived, name)).toEqual([]);
    }
    expect(valuesOf(arrived, 'bcc')).toEqual([' h1@patient.example,\r\n h2@patient.example\r\n']);
    expect(arrived.rest.split('\r\n').every(({ length }) => length <= 76)).toBe(true);
    expect((await simpleParser(raw)).text?.trim()).toBe(line);
  });

  test('tells scripts the exit code that it has under this name', async () => {
    const ended = await run(['-t', '--json'], 'To: root\n\nx\n');
    expect(JSON.parse(ended.stdout)).toMatchObject({ code: 'invalid-recipient', exitCode: 65 });
  });

  test('takes text without a header where the recipients are named', async () => {
    expect(
      await run(['pat@patient.example'], 'Backup of box finished at 03:00\nNo errors.\n'),
    ).toMatchObject({
      code: 0,
      stdout: '',
    });
    const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(arrived.rest).toBe('\r\nBackup of box finished at 03:00\r\nNo errors.\r\n');
  });

  test('without -i, a line with a single dot ends nothing', async () => {
    await run(['-t'], readFixture('dots'));
    const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(arrived.rest).toBe(takeApart(readFixture('dots')).rest);
  });

  test('-f that is neither an address nor a user: usage', async () => {
    expect(await run(['-t', '-f', 'jane@clinic.example> x'], readFixture('plain'))).toMatchObject({
      code: 64,
    });
  });
});

describe('the largest message', () => {
  const head =
    'From: "Harbour Physio" <info@harbour-physio.example>\r\nTo: pat@patient.example\r\n\r\n';

  function ofSize(bytes: number): Buffer {
    const line = `${'x'.repeat(74)}\r\n`;
    const message = Buffer.alloc(bytes, line);
    message.write(head);
    return message;
  }

  /** Runs `send` and gives its largest resident memory, in bytes, as the system counted it. */
  async function memoryOf(input: Buffer): Promise<Ended & { readonly peak: number }> {
    const probe = join(workspace.folder, 'probe.mjs');
    await writeFile(
      probe,
      `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS));`,
    );
    // A shell between: on Linux a process inherits the peak of the one that started it, and jest's is larger.
    const command = ['"$@"; exit $?', 'sh', process.execPath, '--import', probe, PROGRAM];
    const child = spawn('sh', ['-c', ...command, 'send', '--json'], { env: workspace.env });
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const ended = await ending(child);
    return { ...ended, peak: Number(/peak (\d+)/.exec(ended.stderr)?.[1]) * 1024 };
  }

  test('of 35 MiB goes out whole, in less than 200 MB of memory', async () => {
    const message = ofSize(LIMIT);
    const { code, peak } = await memoryOf(message);
    expect(code).toBe(0);
    expect(google.messages.at(-1)?.raw.equals(message)).toBe(true);
    expect(peak).toBeLessThan(MEMORY_MAX);
  });

  test('with LF line ends, which have to be changed, needs less than that too', async () => {
    const lines = ofSize(LIMIT - 600_000)
      .toString('latin1')
      .replaceAll('\r\n', '\n');
    const { code, peak } = await memoryOf(Buffer.from(lines, 'latin1'));
    expect(code).toBe(0);
    expect(peak).toBeLessThan(MEMORY_MAX);
  });

  test('and one byte more is refused while it is read: the rest of an endless one is never taken', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'send', '--json'], { env: workspace.env });
    const before = google.requests.length;
    let given = 0;
    const block = ofSize(1024 * 1024);
    child.stdin.on('error', () => undefined);
    const feed = () => {
      while (child.stdin.writable && !child.stdin.destroyed) {
        given += block.length;
        if (!child.stdin.write(block)) {
          child.stdin.once('drain', feed);
          return;
        }
      }
    };
    feed();
    expect(await ending(child)).toMatchObject({ code: 2 });
    expect(given).toBeGreaterThan(LIMIT - block.length);
    expect(given).toBeLessThan(LIMIT + 4 * block.length);
    expect(google.requests.length).toBe(before);
  });
});
