/** `migrate`, run as a process: the seven steps, and what stops them. */

import { beforeEach, describe, expect, test } from '@jest/globals';
import { KEPT_PASSWORD, useComputer } from '../support/use-stand-in.js';
import { ACCOUNT, LOGIN, SITE } from '../support/workspace.js';

const { google, workspace } = useComputer();
beforeEach(async () => {
  await workspace.addSite();
});

describe('migrate --yes --json', () => {
  test('moves a site from SMTP to Gmail, and tells each step', async () => {
    const { run, page } = await workspace.runWithPerson(['migrate', '--yes', '--json'], {
      account: ACCOUNT,
    });
    expect(run.code).toBe(0);
    const steps = run.events.filter(({ event }) => event === 'step');
    expect(steps.map(({ step, status }) => `${step} ${status}`)).toEqual([
      'check-settings started',
      'check-settings done',
      'sign-in started',
      'sign-in done',
      'save-tokens started',
      'save-tokens done',
      'test-message started',
      'test-message done',
      'confirm-receipt started',
      'confirm-receipt skipped',
      'revert-smtp started',
      'revert-smtp done',
      'confirm-pathway started',
      'confirm-pathway done',
    ]);
    const sent = google.messages.at(-1);
    expect(run.result).toMatchObject({
      ok: true,
      site: SITE,
      pathway: 'gmail',
      gmail: { email: ACCOUNT },
      testMessage: { to: LOGIN, id: sent?.id },
      smtp: null,
    });
    expect(sent?.parsed.subject).toBe('Gmail Test Connection from WriteUpp');
    expect(page.html).toContain(`You are signed in as ${ACCOUNT}`);
    expect(new URL(page.finalUrl).search).toBe('');
    expect(await workspace.record()).toMatchObject({ smtp: null, gmail: { email: ACCOUNT } });
  });

  test('has nothing left to do the second time, and sends no second message', async () => {
    await workspace.runWithPerson(['migrate', '--yes', '--json'], { account: ACCOUNT });
    const sent = google.messages.length;
    const again = await workspace.run(['migrate', '--yes', '--json']);
    expect(again.code).toBe(0);
    expect(again.result).toMatchObject({ pathway: 'gmail', smtp: null });
    expect(google.messages).toHaveLength(sent);
  });

  test('keeps the SMTP settings when the person chooses Cancel, and says so', async () => {
    const { run, page } = await workspace.runWithPerson(['migrate', '--yes', '--json'], {
      account: ACCOUNT,
      decision: 'cancel',
    });
    expect(run.code).toBe(3);
    expect(run.error).toMatchObject({ code: 'consent-denied', exitCode: 3 });
    expect(run.error?.hint).toContain('Your SMTP settings are untouched.');
    expect(page.html).toContain('You chose Cancel');
    expect(await workspace.record()).toMatchObject({
      smtp: { password: KEPT_PASSWORD },
      gmail: null,
    });
  });
});
