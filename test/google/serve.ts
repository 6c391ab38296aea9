/** Runs the stand-in by itself, for rehearsals by hand: `serve.js [--port N] [--client-file PATH]`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { SentMessage } from './post-office.js';
import { startGoogle } from './stand-in.js';

const { values } = parseArgs({
  options: { port: { type: 'string' }, 'client-file': { type: 'string' } },
});
const given = values['client-file'];
const clientFile = given ?? join(await mkdtemp(join(tmpdir(), 'google-stand-in-')), 'client.json');

const google = await startGoogle({
  port: Number(values.port ?? 0),
  onMessage: (message) => printLine(describe(message)),
});
await writeFile(clientFile, JSON.stringify(google.clientFile(), null, 2), { mode: 0o600 });
printLine({ url: google.url, clientFile });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, stop);
}

async function stop(): Promise<void> {
  await google.close();
  if (!given) {
    await rm(dirname(clientFile), { recursive: true });
  }
}

function describe({ id, account, deliveredTo, parsed }: SentMessage): object {
  const headers = parsed.headerLines.map(({ line }) => line);
  return { id, account, deliveredTo, headers, text: parsed.text ?? '' };
}

function printLine(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
