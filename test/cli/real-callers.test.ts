/** Programs of Debian that hand their email to sendmail, and a mail server that does: what they get, and what arrives. */

import { execFile, spawn } from 'node:child_process';
import { chown, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Parts, takeApart, valuesOf } from '../support/eml.js';
import { findProgram } from '../support/find-program.js';
import { giveTo } from '../support/give-to.js';
import {
  politely,
  startScriptedServer,
  startSmtpServer,
  type TestMailServer,
} from '../support/mail-server.js';
import { addSmtpSite, connectSite } from '../support/mail-site.js';
import { freePort } from '../support/ports.js';
import { PROGRAM } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT } from '../support/workspace.js';

const { google, workspace } = useComputer();
let sendmail: string;
let env: NodeJS.ProcessEnv;
const servers: { close(): Promise<void> }[] = [];

beforeEach(async () => {
  const folder = join(workspace.folder, 'bin');
  await mkdir(folder);
  sendmail = join(folder, 'sendmail');
  await symlink(PROGRAM, sendmail);
  const path = [folder, join(process.execPath, '..'), process.env.PATH].join(delimiter);
  env = { ...workspace.env, PATH: path, MAILRC: join(workspace.folder, 'mailrc'), LOGNAME: 'jo' };
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], input = ''): Promise<Ended> {
  const child = spawn(program, args, { env, cwd: workspace.folder });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, stdout, stderr }));
  });
}

async function takingServer(port?: number): Promise<TestMailServer> {
  const server = await startSmtpServer({ security: 'none' }, port);
  servers.push(server);
  return server;
}

/** The only message that arrived, which is whole, and what it was sent for. */
function theMessage({ messages }: TestMailServer): Parts & { readonly to: readonly string[] } {
  expect(messages).toHaveLength(1);
  const parts = takeApart(messages[0]?.raw ?? Buffer.alloc(0));
  for (const name of ['from', 'date', 'message-id']) {
    expect([name, valuesOf(parts, name)]).toEqual([name, [expect.stringMatching(/\S/)]]);
  }
  expect(valuesOf(parts, 'from')[0]).toMatch(/[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+/);
  expect(valuesOf(parts, 'bcc')).toEqual([]);
  return { ...parts, to: messages[0]?.to ?? [] };
}

describeWith(['git-email', 's-nail', 'bsd-mailx', 'mailutils', 'php', 'perl'], 'programs', () => {
  let server: TestMailServer;
  beforeEach(async () => {
    server = await takingServer();
    await addSmtpSite(workspace, { port: server.port, security: 'none' });
  });

  test('git send-email', async () => {
    const patch = join(workspace.folder, '0001.patch');
    await writeFile(
      patch,
      'From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: Jo <jo@practice.example>\nDate: Mon, 16 Nov 2026 09:30:00 +0000\nSubject: [PATCH] x\n\n---\n a | 1 +\n',
    );
    const ended = await run('git', [
      ...['send-email', `--smtp-server=${sendmail}`, '--from=Jo <jo@practice.example>'],
      ...['--to=pat@example.org', '--bcc=hidden@example.org', '--confirm=never', '--quiet', patch],
    ]);
    expect(ended).toMatchObject({ code: 0 });
    const { to, ...parts } = theMessage(server);
    expect(to).toEqual(expect.arrayContaining(['pat@example.org', 'hidden@example.org']));
    expect(valuesOf(parts, 'from')).toEqual([' Jo <jo@practice.example>\r\n']);
  });

  test('s-nail', async () => {
    const ended = await run(
      's-nail',
      [
        '-:/',
        '-Sv15-compat',
        `-Smta=file://${sendmail}`,
        '-s',
        'Hello',
        '-b',
        'hidden@example.org',
        'pat@example.org',
      ],
      'Grüße\n',
    );
    expect(ended).toMatchObject({ code: 0 });
    expect([...theMessage(server).to].sort()).toEqual(['hidden@example.org', 'pat@example.org']);
  });

  test('bsd-mailx', async () => {
    await writeFile(join(workspace.folder, 'mailrc'), `set sendmail="${sendmail}"\n`);
    const ended = await run('bsd-mailx', ['-s', 'Hello', 'pat@example.org'], 'Hi.\n');
    expect(ended).toMatchObject({ code: 0 });
    const { to, rest } = theMessage(server);
    expect(to).toEqual(['pat@example.org']);
    expect(rest).toContain('Hi.');
  });

  test('GNU mailutils', async () => {
    const set = `set sendmail="sendmail:${sendmail}"`;
    const ended = await run(
      'mail.mailutils',
      ['-E', set, '-s', 'Hello', 'pat@example.org'],
      'Hi.\n',
    );
    expect(ended).toMatchObject({ code: 0 });
    expect(theMessage(server).to).toEqual(['pat@example.org']);
  });

  test('PHP’s mail()', async () => {
    const script =
      'exit(mail("pat@example.org", "Reminder", "Hi.", "Bcc: hidden@example.org") ? 0 : 1);';
    const ended = await run('php', ['-d', `sendmail_path=${sendmail} -t -i`, '-r', script]);
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    const { to, ...parts } = theMessage(server);
    expect(to).toEqual(['pat@example.org', 'hidden@example.org']);
    expect(valuesOf(parts, 'from')).toEqual([` "Harbour Physio" <${ACCOUNT}>\r\n`]);
  });

  test('a CGI script in Perl: its first line is its own', async () => {
    const script = join(workspace.folder, 'form.cgi');
    await writeFile(
      script,
      [
        '#!/usr/bin/perl',
        'open(my $m,"|sendmail -t -i") or die;',
        'print $m "From: v\\@example.net\\nTo: desk\\@practice.example\\nSubject: form\\n\\nhi\\n"; close $m;',
        'print "Content-Type: text/html\\n\\n<p>Thank you</p>\\n";',
      ].join('\n'),
    );
    const ended = await run('perl', [script]);
    expect(ended).toMatchObject({
      code: 0,
      stdout: 'Content-Type: text/html\n\n<p>Thank you</p>\n',
    });
    expect(theMessage(server).to).toEqual(['desk@practice.example']);
  });

  test('cron', async () => {
    const ended = await run(
      sendmail,
      ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'admin@example.org'],
      'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@box> /usr/local/bin/backup\nX-Cron-Env: <HOME=/root>\n\nBody.\n',
    );
    expect(ended).toMatchObject({ code: 0, stdout: '' });
    const { to, ...parts } = theMessage(server);
    expect(to).toEqual(['admin@example.org']);
    expect(valuesOf(parts, 'from')).toEqual([` "Cron Daemon" <${ACCOUNT}>\r\n`]);
  });
});

describeWith(['exim4'], 'Exim, which hands every message to this program', () => {
  const exim = findProgram('exim4') ?? '';
  let config: string;

  /** As in docs/scripting.md. */
  const RECIPE =
    'command = /usr/local/lib/writeupp-mail/relay.sh -i -- $pipe_addresses\n  batch_max = 100';

  const execute = promisify(execFile);
  const eximDo = async (...args: readonly string[]) =>
    (await execute(exim, ['-C', config, ...args])).stdout.trim();
  const waiting = async () => Number(await eximDo('-bpc'));
  const log = () => readFile(join(workspace.folder, 'exim', 'log', 'mainlog'), 'utf8');

  /** Hands Exim a message, which it tries to deliver at once. */
  async function submit(to = ['pat@example.org'], hidden: readonly string[] = []): Promise<void> {
    const child = spawn(exim, [
      ...['-C', config, '-odf', '-f', 'jo@practice.example', '-i', ...to, ...hidden],
    ]);
    child.stdin.end(`From: jo@practice.example\nTo: ${to.join(', ')}\nSubject: x\n\nBody.\n`);
    await new Promise((resolve) => child.once('close', resolve));
  }

  beforeEach(() => configure());

  /** @param call the lines of the transport that docs/scripting.md gives, or others */
  async function configure(call = RECIPE): Promise<void> {
    const folder = join(workspace.folder, 'exim');
    for (const name of ['.', 'spool', 'log']) await mkdir(join(folder, name), { recursive: true });
    config = join(folder, 'exim.conf');
    await writeFile(config, eximConfig(folder, call));
  }

  /** Everything belongs to the user that Exim delivers as, where it is started by root. */
  async function handOver(): Promise<void> {
    await giveTo('Debian-exim', workspace.folder);
    if (process.getuid?.() !== 0) return;
    // Exim reads a configuration of root's alone.
    await chown(config, 0, 0);
  }

  function eximConfig(folder: string, call: string): string {
    const variables = Object.entries(env)
      .filter(([name]) => /^(?:WRITEUPP_|PATH$|HOME$|LANG$)/.test(name))
      .map(([name, value]) => `${name}=${value?.replaceAll(':', '::')}`);
    return `primary_hostname = mail.test.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
keep_environment =
deliver_drop_privilege
begin routers
bounces:
  driver = redirect
  senders = :
  data = :blackhole:
everything:
  driver = accept
  transport = writeupp
begin transports
writeupp:
  driver = pipe
  ${call.replaceAll('/usr/local/lib/writeupp-mail/relay.sh', sendmail)}
  environment = ${variables.join(' : ')}
  log_fail_output
  log_defer_output
  return_fail_output
begin retry
* * F,1h,1s
`;
  }

  describe('a message for two people of two domains, and a hidden one, by Gmail', () => {
    const [to, hidden] = [['a@one.example', 'b@two.example'], ['c@one.example']];

    test('goes once, to each, as docs/scripting.md has it', async () => {
      expect(await readFile('docs/scripting.md', 'utf8')).toContain(`  ${RECIPE}\n`);
      await connectSite(workspace);
      await handOver();
      const before = google.messages.length;
      await submit(to, hidden);
      expect([await waiting(), await log()]).toEqual([0, expect.not.stringContaining('**')]);
      expect(google.messages).toHaveLength(before + 1);
      const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
      expect(valuesOf(arrived, 'to')).toEqual([' a@one.example, b@two.example\r\n']);
      expect(valuesOf(arrived, 'bcc')).toEqual([' c@one.example\r\n']);
    });

    test('is sent back where Exim calls for each alone, and nobody gets it twice', async () => {
      await configure('command = /usr/local/lib/writeupp-mail/relay.sh -i -- $pipe_addresses');
      await connectSite(workspace);
      await handOver();
      const before = google.messages.length;
      await submit(to, hidden);
      expect(google.messages).toHaveLength(before);
      expect([await waiting(), await log()]).toEqual([
        0,
        expect.stringMatching(/\*\* a@.* 65 .*\*\* b@.* 65 .*\*\* c@.* 65 /s),
      ]);
    });
  });

  test('keeps it while it can’t go (75), and delivers it later, exactly once', async () => {
    const port = await freePort();
    await addSmtpSite(workspace, { port, security: 'none' });
    await handOver();
    await submit();
    expect([await waiting(), await log()]).toEqual([1, expect.stringContaining('defer')]);
    const server = await takingServer(port);
    await eximDo('-qff');
    expect([await waiting(), await log()]).toEqual([0, expect.any(String)]);
    await eximDo('-qff');
    expect(theMessage(server).to).toEqual(['pat@example.org']);
  });

  test('sends it back where it may have been sent (74), and never tries it again', async () => {
    const server = await startScriptedServer(politely, 'cut');
    servers.push(server);
    await addSmtpSite(workspace, { port: server.port, security: 'none' });
    await handOver();
    await submit();
    expect([await waiting(), await log()]).toEqual([
      0,
      expect.stringMatching(/\*\* pat@example\.org.*74/s),
    ]);
    await eximDo('-qff');
    expect(server.lines.filter((line) => line === '.')).toHaveLength(1);
  });
});
