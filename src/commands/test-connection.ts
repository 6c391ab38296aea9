/** `test-connection`: sends "Gmail Test Connection from WriteUpp" through the site's Gmail connection. */

import type { Command } from 'commander';
import { chooseSite } from '../command-kit/choose-site.js';
import { newCommand, type Process, run } from '../command-kit/command-runner.js';
import { googleDeps, holding } from '../command-kit/on-site.js';
import { readTo } from '../command-kit/sign-in-options.js';
import { proveAndRecord } from '../connection/connection-history.js';
import { sendTestMessage } from '../connection/test-connection.js';
import type { CommonOptions, Context } from '../context/context.js';
import { TEST_SUBJECT } from '../message/test-subject.js';
import { viewSite } from '../sites/site-view.js';
import { attentionLines } from '../terminal/status-view.js';

interface Options extends CommonOptions {
  readonly to?: string;
}

/** The command. */
export function testConnectionCommand(process: Process): Command {
  return newCommand('test-connection', [
    'test-connection',
    'test-connection --to reception@harbour-physio.example',
  ])
    .option('--to <address>', 'send the test message here instead of to the WriteUpp login')
    .action(run<Options>(process, testConnection));
}

async function testConnection(context: Context, options: Options): Promise<void> {
  const to = readTo(options.to);
  const name = await chooseSite(context);
  await holding(context, name, 'test-connection', async (held) => {
    const deps = { ...(await googleDeps(context)), credentials: await held.credentials() };
    const stop = context.reporter.waiting('Asking Google whether the connection works');
    const live = await proveAndRecord(held, deps);
    stop();
    const stopSending = context.reporter.waiting('Sending the test message through Gmail');
    const test = await sendTestMessage(held, live, to ?? held.site.login, false, deps);
    stopSending();
    const view = viewSite(held.site, context.issuer.id, context.now());
    const testMessage = { to: test.to, id: test.id, reference: test.reference };
    const { good } = context.style;
    context.reporter.result({ ...view, testMessage }, [
      `${good('✓')} Sent "${TEST_SUBJECT}" to ${test.to}. Gmail accepted it.`,
      `  It went out through the Google account ${live.connection.email}${test.from === live.connection.email ? '' : `, as ${test.from}`}.`,
      `  Its reference is ${test.reference}. Look in that inbox, and in the junk folder too.`,
      ...attentionLines(view, context.style, ''),
    ]);
  });
}
