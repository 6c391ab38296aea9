/**
 * A relay for programs that only speak SMTP: Postfix and Exim with the files of docs/relay/, as they are but for the
 * port, the user and the folders.
 */

import { chmod, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTransport, type SendMailOptions } from 'nodemailer';
import { takeApart, valuesOf } from '../support/eml.js';
import { type Exim, startExim } from '../support/exim.js';
import { giveTo } from '../support/give-to.js';
import { connectSite } from '../support/mail-site.js';
import { freePort, untilListening } from '../support/ports.js';
import { startPostfix } from '../support/postfix.js';
import { PROGRAM } from '../support/program.js';
import { describeWith } from '../support/system-part.js';
import { useComputer } from '../support/use-stand-in.js';
import { ACCOUNT } from '../support/workspace.js';

const RELAY = '/usr/local/lib/writeupp-mail/relay.sh';
const [ONE, TWO, HIDDEN] = ['a@one.example', 'b@two.example', 'hidden@three.example'] as const;

/** What became of one recipient of a message, as the log says it: Postfix, or Exim. */
const OUTCOMES = {
  sent: /status=sent| [=-]> /g,
  later: /status=deferred| == /g,
  back: /status=bounced| \*\* /g,
} as const;

/** Where this computer listens on a port, as its kernel says: addresses in hexadecimal, the last byte first. */
async function listeningAddresses(port: number): Promise<string[]> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  );
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return tables
    .flatMap((table) => table.split('\n'))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local, , state]) => local?.endsWith(ending) && state === '0A')
    .map(([, local = '']) => local.slice(0, -ending.length));
}

/** The processes of Node.js that run a script. */
async function runningWith(script: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return pids.filter((_, at) => lines[at]?.startsWith(`node\0${script}\0`)).map(Number);
}

/** @param start with a port, and the path of docs/relay/relay.sh */
function testRelay(start: (port: number, command: string) => Promise<Exim>): void {
  const { google, workspace } = useComputer({ computerFor: 'file' });
  let port: number;
  let server: Exim;
  let sendmail: string;
  let judged = 0;

  beforeAll(async () => {
    await connectSite(workspace);
    const folder = join(workspace.folder, 'bin');
    await mkdir(folder);
    sendmail = join(folder, 'sendmail');
    await symlink(PROGRAM, sendmail);
    await lookAt(google.url);
    const command = join(folder, 'relay.sh');
    await writeFile(command, await relayScript());
    await chmod(command, 0o700);
    port = await freePort();
    server = await start(port, command);
    await untilListening(port);
    await giveTo(server.caller, workspace.folder);
  });
  afterAll(() => server.close());

  /** Where the program looks for Google. */
  const lookAt = (url: string) => writeFile(join(workspace.folder, 'google'), url);

  async function relayScript(): Promise<string> {
    const path = [join(process.execPath, '..'), process.env.PATH].join(delimiter);
    const more = Object.entries(workspace.env)
      .filter(([name]) => /^(?:WRITEUPP_MAIL_(?:HOME|OAUTH_CLIENT)|NODE_OPTIONS|HOME)$/.test(name))
      .map(([name, value]) => `export ${name}='${value}'\n`);
    const url = `export WRITEUPP_MAIL_GOOGLE_URL="$(cat '${workspace.folder}/google')"\n`;
    return (await readFile('docs/relay/relay.sh', 'utf8'))
      .replace('PATH=/usr/local/bin:/usr/bin:/bin', `PATH='${path}'`)
      .replace('the passphrase of the vault', workspace.env.WRITEUPP_MAIL_PASSPHRASE ?? '')
      .replace('/usr/local/bin/sendmail', `${more.join('')}${url}${sendmail}`);
  }

  /** Hands it a message as a program does that knows a host and a port, and nothing else. */
  async function submit(message: SendMailOptions = {}): Promise<void> {
    const transport = createTransport({ host: '127.0.0.1', port });
    await transport.sendMail({
      ...{ from: ACCOUNT, to: [ONE, TWO], subject: 'x', text: 'Hi.' },
      ...message,
    });
    transport.close();
  }

  /** Waits until so many recipients have had each outcome since the last time, and so many messages wait. */
  async function until(waiting: number, outcomes: Partial<Record<keyof typeof OUTCOMES, number>>) {
    const wanted = { sent: 0, later: 0, back: 0, ...outcomes, waiting };
    const count = (text: string, words: RegExp) => text.match(words)?.length ?? 0;
    let seen: typeof wanted | undefined;
    for (let tries = 0; tries < 200; tries += 1) {
      const log = await server.logSoFar();
      const news = log.slice(judged);
      seen = {
        sent: count(news, OUTCOMES.sent),
        later: count(news, OUTCOMES.later),
        back: count(news, OUTCOMES.back),
        waiting: await server.waiting(),
      };
      if (JSON.stringify(seen) === JSON.stringify(wanted)) {
        judged = log.length;
        return;
      }
      await sleep(100);
    }
    expect([seen, (await server.logSoFar()).slice(judged)]).toEqual([wanted, '']);
  }

  const mails = (address: string) => google.mailbox(address).map(({ raw }) => raw.toString());
  /** How many messages each has. */
  const counts = (...addresses: readonly string[]) => addresses.map((one) => mails(one).length);
  const plus = (before: readonly number[], more: readonly number[]) =>
    before.map((count, at) => count + (more[at] ?? 0));

  test('listens on 127.0.0.1 alone', async () => {
    expect(await listeningAddresses(port)).toEqual(['0100007F']);
  });

  test('a message for two, and for one whom only the envelope names: once, to each', async () => {
    const [before, messages] = [counts(ONE, TWO, HIDDEN), google.messages.length];
    await submit({ bcc: HIDDEN });
    await until(0, { sent: 3 });
    expect(counts(ONE, TWO, HIDDEN)).toEqual(plus(before, [1, 1, 1]));
    expect(google.messages).toHaveLength(messages + 1);
    const arrived = takeApart(google.messages.at(-1)?.raw ?? Buffer.alloc(0));
    expect(valuesOf(arrived, 'to')).toEqual([` ${ONE}, ${TWO}\r\n`]);
    expect(mails(ONE).at(-1)).not.toContain(HIDDEN);
    expect(mails(HIDDEN).at(-1)).not.toMatch(/^Bcc/im);
  });

  test('a message whose header names nobody goes to those in the envelope', async () => {
    const before = counts(ONE, TWO, HIDDEN);
    await submit({ to: [], envelope: { from: ACCOUNT, to: [HIDDEN] } });
    await until(0, { sent: 1 });
    expect(counts(ONE, TWO, HIDDEN)).toEqual(plus(before, [0, 0, 1]));
  });

  test('out of reach (75): kept, and sent once by a queue run that reaches Google', async () => {
    const before = counts(ONE, TWO, HIDDEN);
    await lookAt(`http://127.0.0.1:${await freePort()}`);
    await submit({ to: ONE });
    await until(1, { later: 1 });
    // The recipients of one message stay together, whatever became of others at the same domains.
    await submit({ bcc: HIDDEN });
    await until(2, { later: 3 });
    await submit({ to: TWO });
    await until(3, { later: 1 });
    await server.runQueue();
    await until(3, { later: 5 });
    expect(counts(ONE, TWO, HIDDEN)).toEqual(before);
    await lookAt(google.url);
    await server.runQueue();
    await until(0, { sent: 5 });
    await server.runQueue();
    await until(0, {});
    expect(counts(ONE, TWO, HIDDEN)).toEqual(plus(before, [2, 2, 1]));
  });

  test('a lost answer (74): back to the sender with the reason, and never sent again', async () => {
    const before = counts(ONE, TWO, HIDDEN, ACCOUNT);
    google.misbehave('send', { kind: 'cut', when: 'after' }, { times: 1 });
    await submit({ bcc: HIDDEN });
    await until(0, { back: 3, sent: 1 });
    await server.runQueue();
    await until(0, {});
    expect(counts(ONE, TWO, HIDDEN, ACCOUNT)).toEqual(plus(before, [1, 1, 1, 1]));
    expect(mails(ACCOUNT).at(-1)).toMatch(/not\s+known\s+whether\s+the\s+message\s+was\s+sent/);
  });

  test('not to be started, as during an update: kept', async () => {
    const before = counts(ONE, TWO);
    await rename(sendmail, `${sendmail}-away`);
    await submit();
    await until(1, { later: 2 });
    await rename(`${sendmail}-away`, sendmail);
    await server.runQueue();
    await until(0, { sent: 2 });
    expect(counts(ONE, TWO)).toEqual(plus(before, [1, 1]));
  });

  test('killed while Gmail has it, as for want of memory: back to the sender, never sent again', async () => {
    const before = counts(ONE, TWO, ACCOUNT);
    google.misbehave('send', { kind: 'delay', ms: Infinity, when: 'after' }, { times: 1 });
    await submit();
    for (let tries = 0; tries < 100 && mails(ONE).length === before[0]; tries += 1) await sleep(50);
    for (const pid of await runningWith(sendmail)) process.kill(pid, 'SIGKILL');
    await until(0, { back: 2, sent: 1 });
    await server.runQueue();
    await until(0, {});
    expect(counts(ONE, TWO, ACCOUNT)).toEqual(plus(before, [1, 1, 1]));
  });

  test('ten messages at once: each arrives once', async () => {
    const before = counts(ONE);
    await Promise.all(Array.from({ length: 10 }, () => submit({ to: ONE })));
    for (let tries = 0; tries < 50 && (await server.waiting()) > 0; tries += 1) {
      await sleep(500);
      await server.runQueue();
    }
    expect(counts(ONE)).toEqual(plus(before, [10]));
    judged = (await server.logSoFar()).length;
  });

  test('what a web page could post sends nothing', async () => {
    const before = google.messages.length;
    const mail = `EHLO x\r\nMAIL FROM:<${ACCOUNT}>\r\nRCPT TO:<${ONE}>\r\nDATA\r\nTo: ${ONE}\r\n\r\nx\r\n.\r\nQUIT\r\n`;
    const head = `POST / HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: text/plain\r\nContent-Length: ${mail.length}\r\n\r\n`;
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.resume();
    socket.write(`${head}${mail}`);
    await new Promise((resolve) => socket.once('close', resolve));
    await until(0, {});
    expect(google.messages).toHaveLength(before);
  });
}

describeWith(['postfix', 'root', 'linux'], 'Postfix as a relay', () => {
  testRelay(async (port, command) => {
    const [main = '', master = ''] = await Promise.all(
      ['main.cf', 'master.cf'].map((name) => readFile(`docs/relay/${name}`, 'utf8')),
    );
    return startPostfix({
      main: `${main}\ntransport_maps =`,
      transport: master.replace('user=mailer', 'user=nobody').replace(RELAY, command),
      services: [`${port} inet n - n - - smtpd`, 'anvil unix - - n - 1 anvil'],
      env: {},
    });
  });
});

describeWith(['exim4', 'root', 'linux'], 'Exim as a relay', () => {
  testRelay(async (port, command) => {
    const config = (await readFile('docs/relay/exim.conf', 'utf8'))
      .replace('daemon_smtp_ports = 25', `daemon_smtp_ports = ${port}`)
      .replace('  user = mailer\n', '')
      .replace(RELAY, command);
    return startExim(config, port);
  });
});
