/** Mail servers on this computer: Exim, as Debian ships it, and smtp-server with TLS, STARTTLS and AUTH. */

import { execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { findProgram } from './find-program.js';
import { freePort, untilListening } from './ports.js';

/** A message that a server accepted. */
export interface TakenMessage {
  readonly from: string;
  readonly to: readonly string[];
  /** The user that logged in. */
  readonly user: string | undefined;
  readonly isEncrypted: boolean;
  readonly raw: Buffer;
}

/** A server that keeps the messages it accepts. */
export interface TestMailServer {
  readonly port: number;
  readonly messages: readonly TakenMessage[];
  close(): Promise<void>;
}

/** A self-signed certificate for localhost and 127.0.0.1. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly path: string;
}

/** Makes a certificate in a folder. @param names its subject alternative names */
export async function makeCertificate(
  folder: string,
  names = 'DNS:localhost,IP:127.0.0.1',
): Promise<Certificate> {
  const path = join(folder, 'cert.pem');
  const keyPath = join(folder, 'key.pem');
  await promisify(execFile)('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
    ...['-subj', '/CN=localhost', '-addext', `subjectAltName=${names}`, '-days', '2'],
    ...['-keyout', keyPath, '-out', path],
  ]);
  return { key: await readFile(keyPath, 'utf8'), cert: await readFile(path, 'utf8'), path };
}

export interface SmtpOptions {
  /** `tls` from the first byte, `starttls` offered, or neither. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly certificate?: Certificate;
  /** The login that the server requires; none if absent. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Further options of smtp-server. */
  readonly more?: SMTPServerOptions;
}

/** An error that smtp-server answers with. */
export function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** Starts an smtp-server. @param at the port; 0 for any */
export async function startSmtpServer(options: SmtpOptions, at = 0): Promise<TestMailServer> {
  const { security, certificate, login, more } = options;
  const messages: TakenMessage[] = [];
  const server = new SMTPServer({
    secure: security === 'tls',
    authOptional: login === undefined,
    disabledCommands: [
      ...(security === 'starttls' ? [] : ['STARTTLS']),
      ...(login === undefined ? ['AUTH'] : []),
    ],
    allowInsecureAuth: true,
    disableReverseLookup: true,
    ...(certificate === undefined ? {} : { key: certificate.key, cert: certificate.cert }),
    onAuth: ({ username = '', password }, _session, done) =>
      username === login?.user && password === login.password
        ? done(null, { user: username })
        : done(smtpError(535, '5.7.8 Authentication failed')),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope;
        messages.push({
          from: mailFrom === false ? '' : mailFrom.address,
          to: rcptTo.map(({ address }) => address),
          user: session.user as string | undefined,
          isEncrypted: session.secure,
          raw: Buffer.concat(chunks),
        });
        done();
      });
    },
    ...more,
  });
  // Some tests are about clients that disconnect midway.
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(at, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    messages,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** A server that follows a script: it greets, then answers each line with the matching reply. */
export async function startScriptedServer(
  answer: (line: string) => string | 'cut' | 'silent',
  atEnd: 'cut' | 'silent' | string | (() => string),
): Promise<
  TestMailServer & { readonly lines: readonly string[]; readonly data: readonly string[] }
> {
  const lines: string[] = [];
  const data: string[] = [];
  const server = createServer((socket) => {
    let isData = false;
    let pending = '';
    socket.on('error', () => undefined);
    const say = (what: string) => {
      if (what === 'cut') socket.destroy();
      else if (what !== 'silent') socket.write(`${what}\r\n`);
    };
    socket.write('220 scripted ESMTP\r\n');
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      for (let at = pending.indexOf('\r\n'); at >= 0; at = pending.indexOf('\r\n')) {
        const line = pending.slice(0, at);
        pending = pending.slice(at + 2);
        if (isData && line !== '.') {
          data.push(Buffer.from(line, 'latin1').toString());
          continue;
        }
        lines.push(line);
        const said = isData ? (typeof atEnd === 'string' ? atEnd : atEnd()) : answer(line);
        isData = !isData && line === 'DATA' && said.startsWith('354');
        say(said);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    messages: [],
    lines,
    data,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** What an ordinary server replies before the message. */
export function politely(line: string): string {
  if (line === 'DATA') return '354 go ahead';
  if (line === 'STARTTLS') return '502 not here';
  return line === 'QUIT' ? '221 bye' : '250 ok';
}

/** Exim with its own configuration, spool and mailbox. It refuses the recipient `nobody@…`. */
export interface Exim {
  readonly port: number;
  /** All delivered messages, as they are in the mailbox; waits until there are this many. */
  mailbox(count: number): Promise<readonly Buffer[]>;
  close(): Promise<void>;
}

/** Starts Debian's Exim in the foreground. */
export async function startExim(): Promise<Exim> {
  const exim = findProgram('exim4');
  if (exim === undefined) throw new Error('exim4 is not installed');
  const folder = await mkdtemp(join(tmpdir(), 'exim-test-'));
  const mail = join(folder, 'mail');
  await chmod(folder, 0o755);
  for (const name of ['mail', 'spool', 'log']) {
    await mkdir(join(folder, name));
    await chmod(join(folder, name), 0o777);
  }
  const port = await freePort();
  const config = join(folder, 'exim.conf');
  await writeFile(config, eximConfig(folder, port));
  const child = spawn(exim, ['-C', config, '-bdf', '-q1h'], { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await untilListening(port);
  return {
    port,
    async mailbox(count) {
      for (let tries = 0; tries < 200; tries += 1) {
        const names = await readdir(join(mail, 'new')).catch(() => [] as string[]);
        if (names.length >= count) {
          return Promise.all(names.sort().map((name) => readFile(join(mail, 'new', name))));
        }
        await sleep(25);
      }
      throw new Error(`Exim did not deliver ${count} messages within 5 seconds`);
    },
    async close() {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function eximConfig(folder: string, port: number): string {
  return `primary_hostname = mail.test.example
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/exim.pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port}
tls_advertise_hosts =
rfc1413_query_timeout = 0s
keep_environment =
deliver_drop_privilege
accept_8bitmime = true
acl_smtp_rcpt = check_rcpt
acl_smtp_data = accept
begin acl
check_rcpt:
  deny local_parts = nobody
       message = No such mailbox here
  accept
begin routers
everything:
  driver = accept
  transport = maildir
begin transports
maildir:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  use_crlf
`;
}
