/** Refusals due to an organisation's policy, on the sign-in page, the redirect or the token endpoint. */
import type { CatalogueEntry } from './catalogue-entry.js';
import { during, matching } from './match.js';
import { ADMIN_NOTE_HINT } from './words.js';

/** Google's own explanations: developers.google.com/identity/protocols/oauth2/native-app, "Errors". */
export const ADMIN_POLICY_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'admin-policy-enforced',
    googleSays: 'admin_policy_enforced',
    when: matching({ errors: ['admin_policy_enforced'] }),
    code: 'admin-policy',
    what: 'Your organisation’s Google Workspace does not allow this app to send email yet.',
    who: 'workspace-admin',
    hint: ['They can allow it in a few minutes.', ADMIN_NOTE_HINT],
  },
  {
    id: 'org-internal',
    googleSays: 'org_internal: This client is restricted to users within its organization.',
    when: matching({ errors: ['org_internal'] }),
    code: 'admin-policy',
    what: 'This app is open only to people of the organisation that owns it, and your Google account is not one of them.',
    who: 'oauth-client-owner',
    hint: [
      'If you have an account in that organisation, sign in with that one.',
      'Otherwise ask them to set the audience to "External": Google Cloud console, Google Auth Platform > Audience.',
    ],
  },
  {
    id: 'account-restricted',
    googleSays: 'access_denied: Account restricted',
    when: during(['exchange-code', 'refresh', 'send'], {
      errors: ['access_denied'],
      text: /account restricted/i,
    }),
    code: 'admin-policy',
    what: 'Google has restricted this account, so that it can’t give this app access.',
    who: 'workspace-admin',
    hint: [
      'Ask them whether Gmail is switched on for this account, and whether the account has a restriction.',
      ADMIN_NOTE_HINT,
    ],
  },
  {
    id: 'client-not-authorized',
    googleSays: 'access_denied: Requested client not authorized',
    // Also the service-account page's "access_denied / any": scopes not authorised, or service access restricted.
    when: during(['exchange-code', 'refresh', 'send'], { errors: ['access_denied'] }),
    code: 'admin-policy',
    what: 'Your organisation’s Google Workspace has not allowed this app to send email.',
    who: 'workspace-admin',
    hint: ['They can allow it in a few minutes.', ADMIN_NOTE_HINT],
  },
  {
    id: 'domain-policy',
    googleSays: 'domainPolicy: The domain administrators have disabled Gmail apps.',
    when: matching({ reasons: ['domainPolicy'] }),
    code: 'admin-policy',
    what: 'Your organisation’s administrators have switched off access to Gmail by apps.',
    who: 'workspace-admin',
    hint: ['They can allow this one app.', ADMIN_NOTE_HINT],
  },
];
