/** What only Google's page says, and the note for the administrator. */
import { describe, expect, test } from '@jest/globals';
import { adminNote } from '../../src/google/admin-note.js';
import {
  explainPageRefusal,
  listPageRefusals,
  PAGE_REFUSALS,
} from '../../src/google/page-refusals.js';

describe('a page of Google’s', () => {
  test.each([
    ['unverified_app', 'sign-in-timeout', 4],
    ['not_a_test_user', 'invalid-oauth-client', 2],
    ['admin_policy_enforced', 'admin-policy', 1],
    ['org_internal', 'admin-policy', 1],
    ['redirect_uri_mismatch', 'invalid-oauth-client', 2],
    ['invalid_request', 'invalid-oauth-client', 2],
    ['deleted_client', 'invalid-oauth-client', 2],
    ['invalid_client', 'invalid-oauth-client', 2],
    ['app_blocked', 'invalid-oauth-client', 2],
    ['browser_not_secure', 'sign-in-timeout', 4],
    ['disallowed_useragent', 'sign-in-timeout', 4],
    ['advanced_protection', 'admin-policy', 1],
    ['none_of_these', 'sign-in-timeout', 4],
  ])('%s is explained', (value, code, exitCode) => {
    const listed = PAGE_REFUSALS.find((refusal) => refusal.value === value);
    const explained = explainPageRefusal(value);
    expect(explained).toMatchObject({ code, exitCode, message: listed?.explanation });
    expect(listed?.code).toBe(code);
    for (const line of listed?.hint ?? ['missing']) expect(explained.hint).toContain(line);
  });

  test('each has a title and value of its own, and the last is "none of these"', () => {
    expect(PAGE_REFUSALS).toHaveLength(13);
    expect(new Set(PAGE_REFUSALS.map(({ value }) => value)).size).toBe(13);
    expect(new Set(PAGE_REFUSALS.map(({ title }) => title)).size).toBe(13);
    expect(PAGE_REFUSALS.at(-1)?.value).toBe('none_of_these');
  });

  test('those with an error line stand first, the line in front', () => {
    const hasLine = PAGE_REFUSALS.map(({ title }) => /^Error 4\d\d: [a-z_]+ /.test(title));
    expect(hasLine).toEqual([...hasLine].sort().reverse());
    for (const { title, value } of PAGE_REFUSALS.slice(1, hasLine.indexOf(false))) {
      expect(title).toContain(`: ${value} `);
    }
  });

  test('the brief list has two lines for each', () => {
    expect(listPageRefusals().split('\n')).toHaveLength(24);
    expect(listPageRefusals()).toContain('admin_policy_enforced');
  });

  test('an administrator’s refusal leads to the note', () => {
    const { hint } = explainPageRefusal('admin_policy_enforced');
    expect(hint).toContain('writeupp-mail sign-in --admin-note');
  });
});

describe('the note for the administrator', () => {
  const clientId = '123456789012-abcdefghijklmnopqrstuvwxyz012345.apps.googleusercontent.com';
  const note = adminNote({
    clientId,
    organisation: 'The Riverside Physiotherapy and Sports Injury Practice of Upper Nowhere',
    account: 'appointments@riverside-physiotherapy.example',
  });

  test('holds the client id, the exact permissions and the place in the Admin console', () => {
    for (const part of [
      `  ${clientId}\n`,
      '  openid\n',
      '  email\n',
      '  https://www.googleapis.com/auth/gmail.send\n',
      'Security > Access and data control > API controls',
      'Manage third-party app access',
      '"Trusted"',
      'appointments@riverside-physiotherapy.example',
      'Until then',
    ]) {
      expect(note).toContain(part);
    }
  });

  test('has no line over 78 columns', () => {
    for (const line of note.split('\n')) expect(line.length).toBeLessThanOrEqual(78);
  });

  test('reads well with nothing but a client id', () => {
    const bare = adminNote({ clientId });
    expect(bare).toContain('the email of our practice from WriteUpp');
    expect(bare).not.toMatch(/undefined|\(\)/);
    expect(adminNote({ clientId, site: 'riverside' })).toContain('the email of riverside from');
  });
});
