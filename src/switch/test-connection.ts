/** `test-connection`: sends "Gmail Test Connection from WriteUpp" through the site's Gmail connection. */

import type { Command } from 'commander';
import { chooseSite } from '../kit/choose-site.js';
import { newCommand, type Process, run } from '../kit/command-runner.js';
import { withHeldSite } from '../kit/with-site.js';
import type { CommonOptions, World } from '../kit/world.js';
import { TEST_SUBJECT } from '../mail/message/test-subject.js';
import { siteView } from '../show/status-facts.js';
import { attentionLines } from '../show/status-lines.js';
import { readTo } from './sign-in-options.js';

interface Options extends CommonOptions {
  readonly to?: string;
}

export function testConnectionCommand(process: Process): Command {
  return newCommand('test-connection', [
    'test-connection',
    'test-connection --to reception@harbour-physio.example',
  ])
    .option('--to <address>', 'send the test message here instead of to the WriteUpp login')
    .action(run<Options>(process, testConnection));
}

async function testConnection(world: World, options: Options): Promise<void> {
  const to = readTo(options.to);
  const name = await chooseSite(world);
  const { report, style } = world;
  await withHeldSite(world, name, async (held) => {
    const { proveAndRecord } = await import('../connection/connection-history.js');
    const { sendTestMessage } = await import('../connection/send-test-message.js');
    const stop = report.waiting('Asking Google whether the connection works');
    const live = await proveAndRecord(held, world);
    stop();
    const stopSending = report.waiting('Sending the test message through Gmail');
    const test = await sendTestMessage(held, live, to ?? held.site.login, world);
    stopSending();
    const view = await siteView(world, held.site);
    const account = live.connection.email;
    report.result({ ...view, testMessage: { to: test.to, id: test.id } }, [
      `${style.good('✓')} Sent "${TEST_SUBJECT}" to ${test.to}. Gmail accepted it.`,
      `  It went out through the Google account ${account}${test.from === account ? '' : `, as ${test.from}`}.`,
      '  Look in that inbox, and in the junk folder too.',
      ...(view.smtp === null
        ? []
        : [
            '  Its reference is what "migrate" asks for: type it there, and no second message is sent.',
          ]),
      ...attentionLines(view, style, ''),
    ]);
  });
}
