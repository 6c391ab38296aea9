/** Refusals in the last step of a sign-in, when the authorization code is exchanged for tokens. */
import type { CatalogueEntry } from './catalogue-entry.js';
import { during, matching } from './match.js';
import { signInAgain } from './words.js';

/** Of the code exchange (RFC 6749 section 5.2, RFC 7636 section 4.6) and of the requested scope. */
export const SIGN_IN_CODE_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'code-proof-missing',
    googleSays: 'invalid_grant: Missing code verifier',
    when: matching({ text: /missing code verifier/i }),
    code: 'internal',
    what: 'Google refused the sign-in, because this program did not prove that it had asked for it.',
    who: 'writeupp-support',
    hint: ['This is a fault of this program: please tell WriteUpp support, with this message.'],
  },
  {
    id: 'code-proof-wrong',
    googleSays: 'invalid_grant: Invalid code verifier.',
    when: matching({ text: /invalid code verifier/i }),
    code: 'sign-in-needed',
    what: 'Google’s answer belongs to another sign-in than the one that is running.',
    who: 'you',
    hint: ['Close the older sign-in pages in your browser, and use only the newest one.'],
    moreHints: (_failure, facts) => [signInAgain(facts)],
    details: () => ({ reason: 'not-connected' }),
  },
  {
    id: 'code-challenge-wrong',
    googleSays: 'invalid_grant on Google’s page (code_challenge)',
    when: during(['authorize'], { errors: ['invalid_grant'] }),
    code: 'internal',
    what: 'Google did not understand how this program asked to sign in.',
    who: 'writeupp-support',
    hint: ['This is a fault of this program: please tell WriteUpp support, with this message.'],
  },
  {
    id: 'code-not-valid',
    googleSays: 'invalid_grant: Malformed auth code. / Bad Request',
    when: during(['exchange-code'], { errors: ['invalid_grant'] }),
    code: 'sign-in-needed',
    what: 'Google’s one-time answer to the sign-in was used already, was too old, or was not complete.',
    who: 'you',
    hint: [
      'It lasts a few minutes and works once.',
      'If you paste an address, copy the whole of it from the browser’s address bar.',
    ],
    moreHints: (_failure, facts) => [signInAgain(facts)],
    details: () => ({ reason: 'not-connected' }),
  },
  {
    id: 'scope-unknown',
    googleSays: 'invalid_scope: Invalid OAuth scope or ID token audience provided.',
    when: matching({ errors: ['invalid_scope'] }),
    code: 'internal',
    what: 'Google does not know a permission that this program asked for.',
    who: 'writeupp-support',
    hint: ['This is a fault of this program: please tell WriteUpp support, with this message.'],
  },
  {
    id: 'request-invalid',
    googleSays: 'invalid_request',
    when: during(['exchange-code', 'refresh', 'revoke', 'send'], { errors: ['invalid_request'] }),
    code: 'internal',
    what: 'Google did not understand this program’s request.',
    who: 'writeupp-support',
    hint: ['This is a fault of this program: please tell WriteUpp support, with this message.'],
  },
];
