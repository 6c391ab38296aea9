/** Steps 4 and 5: the test message accepted by Gmail, and a person's word that it arrived. */

import { recordArrival, sendTestMessage } from '../connection/test-connection.js';
import { MailError } from '../errors.js';
import type { TestMessage } from '../sites/site.js';
import type { MigrationRun } from './migration-run.js';
import { missingTest } from './proof.js';
import { done, type StepOutcome, skipped } from './step.js';

/** Skipped while an accepted message still proves the connection. @throws as `sendTestMessage` */
export async function testMessageStep(run: MigrationRun): Promise<StepOutcome> {
  const { session, options, ports, live } = run;
  if (live === null) throw noLiveConnection();
  const earlier = earlierTest(run);
  if (earlier !== null) {
    return skipped(
      [
        `Gmail accepted a test message to ${earlier.to} over this connection on ${when(earlier)}.`,
        `Its reference is ${earlier.reference}.`,
      ],
      facts(earlier),
    );
  }
  const test = await sendTestMessage(session, live, options.to ?? session.site.login, ports);
  return done(
    [
      `Sent "Gmail Test Connection from WriteUpp" to ${test.to}. Gmail accepted it.`,
      `Its reference is ${test.reference}.`,
    ],
    facts(test),
  );
}

/** @throws MailError `cancelled` when the person says No: that is recorded, and voids the proof */
export async function confirmReceiptStep(run: MigrationRun): Promise<StepOutcome> {
  const { session, options, ports } = run;
  const test = session.site.gmail?.test ?? null;
  if (test === null) throw noLiveConnection();
  if (test.arrival === 'confirmed') return skipped(['A person said before that it arrived.']);
  if (options.yes) {
    return skipped([
      'Not asked, because of --yes: that Gmail accepted the message is what counts.',
    ]);
  }
  if (ports.confirmReceipt === null) return skipped(['Nobody can be asked here.']);
  if (!(await ports.confirmReceipt(test, session.site))) {
    await recordArrival(session, 'denied');
    throw notArrived(test);
  }
  await recordArrival(session, 'confirmed');
  return done(['You said that it arrived.']);
}

/** The message that makes a new one needless, or null. */
function earlierTest({ session: { site }, options, ports }: MigrationRun): TestMessage | null {
  const test = site.gmail?.test ?? null;
  if (site.gmail === null || test === null) return null;
  if (options.to !== null && options.to !== test.to) return null;
  const missing = missingTest(site.gmail, ports.now());
  // Where nothing is left to delete, an old test message is no reason to send another.
  const isEnough = missing === null || (missing === 'test-message-too-old' && site.smtp === null);
  return isEnough ? test : null;
}

function facts(test: TestMessage): Record<string, unknown> {
  return { to: test.to, id: test.id, reference: test.reference, acceptedAt: test.acceptedAt };
}

function when(test: TestMessage): string {
  return new Date(test.acceptedAt).toLocaleString('en-GB', {
    dateStyle: 'long',
    timeStyle: 'short',
  });
}

function notArrived(test: TestMessage): MailError {
  return new MailError(
    'cancelled',
    `You said that the test message to ${test.to} did not arrive.`,
    'Email can take a few minutes. Look in the junk folder too, and check that the address is right.\n' +
      'Then run the command again: it sends a new test message.\n' +
      'To send it to another address: --to ADDRESS',
  );
}

function noLiveConnection(): MailError {
  return new MailError('internal', 'A step ran before its turn.', 'Please report this.');
}
