/** A real DNS server on a loopback address: Debian's dnsmasq, which answers for the domains of one test. */

import { spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './find-program.js';

/** What the server answers. A name below `.example` that is not listed is NXDOMAIN. */
export interface Zone {
  /** TXT records by name; texts of more than 255 characters are split as DNS requires. */
  readonly txt?: Readonly<Record<string, readonly string[]>>;
  /** Addresses by name, IPv4 or IPv6. */
  readonly addresses?: Readonly<Record<string, string>>;
  /** Mail servers by domain. */
  readonly mx?: Readonly<Record<string, string>>;
  /** Name servers by domain. */
  readonly ns?: Readonly<Record<string, string>>;
  /** Aliases by name; the target is in this zone. */
  readonly cname?: Readonly<Record<string, string>>;
  /** Domains whose own server answers SERVFAIL. */
  readonly broken?: readonly string[];
  /** Domains whose own server never answers. */
  readonly silent?: readonly string[];
}

export interface DnsServerUnderTest {
  /** For WRITEUPP_MAIL_DNS. */
  readonly address: string;
  stop(): Promise<void>;
}

export async function startDnsServer(zone: Zone): Promise<DnsServerUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'dns-test-'));
  const upstream = [await bind(answerServfail), await bind(() => undefined)] as const;
  const [broken, silent] = upstream.map((socket) => socket.address().port);
  const port = await freePort();
  const config = join(folder, 'dnsmasq.conf');
  await writeFile(
    config,
    [
      ...[`port=${port}`, 'listen-address=127.0.0.1', 'bind-interfaces', 'keep-in-foreground'],
      ...['no-resolv', 'no-hosts', 'pid-file=', 'cache-size=0', 'local=/example/'],
      `user=${userInfo().username}`,
      ...lines(zone),
      ...(zone.broken ?? []).map((domain) => `server=/${domain}/127.0.0.1#${broken}`),
      ...(zone.silent ?? []).map((domain) => `server=/${domain}/127.0.0.1#${silent}`),
      'txt-record=ready.example,yes\n',
    ].join('\n'),
  );
  const program = findProgram('dnsmasq') ?? 'dnsmasq';
  const child = spawn(program, [`--conf-file=${config}`], { stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  try {
    await answers(port);
  } catch {
    throw new Error(`dnsmasq does not answer: ${said}`);
  }
  return {
    address: `127.0.0.1:${port}`,
    async stop() {
      child.kill();
      await ended;
      for (const socket of upstream) socket.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function lines({ txt = {}, addresses = {}, mx = {}, ns = {}, cname = {} }: Zone): string[] {
  return [
    ...Object.entries(txt).flatMap(([name, texts]) =>
      texts.map((text) => `txt-record=${[name, ...strings(text)].join(',')}`),
    ),
    ...Object.entries(addresses).map(([name, address]) => `host-record=${name},${address}`),
    ...Object.entries(mx).map(([name, target]) => `dns-rr=${name},15,000a${wireName(target)}`),
    ...Object.entries(ns).map(([name, target]) => `dns-rr=${name},2,${wireName(target)}`),
    ...Object.entries(cname).map(([name, target]) => `cname=${name},${target}`),
  ];
}

function strings(text: string): string[] {
  return (text.match(/.{1,255}/gs) ?? ['']).map((part) => `"${part}"`);
}

/** RFC 1035, section 3.1, in hexadecimal. */
function wireName(name: string): string {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]),
    Buffer.from([0]),
  ]).toString('hex');
}

async function bind(answer: (question: Buffer) => Buffer | undefined): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    const reply = answer(question);
    if (reply !== undefined) socket.send(reply, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return socket;
}

/** The question sent back as an answer with RCODE 2 (RFC 1035, section 4.1.1). */
function answerServfail(question: Buffer): Buffer {
  const answer = Buffer.from(question);
  answer.writeUInt8(answer.readUInt8(2) | 0x80, 2);
  answer.writeUInt8((answer.readUInt8(3) & 0xf0) | 2, 3);
  return answer;
}

async function freePort(): Promise<number> {
  const socket = await bind(() => undefined);
  const { port } = socket.address();
  socket.close();
  return port;
}

async function answers(port: number): Promise<void> {
  const resolver = new Resolver({ timeout: 100, tries: 1 });
  resolver.setServers([`127.0.0.1:${port}`]);
  for (let tries = 1; ; tries += 1) {
    try {
      await resolver.resolveTxt('ready.example');
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}
