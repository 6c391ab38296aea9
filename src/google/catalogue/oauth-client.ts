/** The Google client file (OAuth client): unknown to Google, deleted, disabled or of the wrong kind. */
import type { CatalogueEntry } from './catalogue-entry.js';
import { matching } from './match.js';
import { PERMISSION_KEPT } from './words.js';

/** Google's own explanations: developers.google.com/identity/protocols/oauth2/native-app, "Errors". */
export const OAUTH_CLIENT_ENTRIES: readonly CatalogueEntry[] = [
  {
    id: 'client-deleted',
    googleSays: 'deleted_client',
    when: matching({ errors: ['deleted_client'] }),
    code: 'invalid-oauth-client',
    what: 'The Google client file belongs to an app that was deleted at Google.',
    who: 'oauth-client-owner',
    hint: [
      'Google deletes clients that were not used for six months.',
      'They can restore it for 30 days: Google Cloud console, Google Auth Platform > Clients.',
      PERMISSION_KEPT,
    ],
  },
  {
    id: 'client-disabled',
    googleSays: 'disabled_client: The OAuth client was disabled.',
    when: matching({ errors: ['disabled_client'] }),
    code: 'invalid-oauth-client',
    what: 'Google has switched off the app (or the service account) that the Google client file belongs to.',
    who: 'oauth-client-owner',
    hint: [
      'Google writes the cause to the owner of the Google Cloud project: they can switch it on again there.',
      PERMISSION_KEPT,
    ],
  },
  {
    id: 'client-secret-missing',
    googleSays: 'invalid_request: client_secret is missing',
    when: matching({ errors: ['invalid_request'], text: /client_secret is missing/i }),
    code: 'invalid-oauth-client',
    what: 'The Google client file is not complete: its "client_secret" is missing.',
    who: 'oauth-client-owner',
    hint: [
      'Ask them for the whole file again, as it was downloaded from Google.',
      'Google shows the secret only once: if the file is lost, they make a new secret for the same client.',
      PERMISSION_KEPT,
    ],
  },
  {
    id: 'client-secret-wrong',
    googleSays: 'invalid_client: Unauthorized',
    when: matching({ errors: ['invalid_client'], text: /unauthorized|secret/i }),
    code: 'invalid-oauth-client',
    what: 'Google does not accept the Google client file: the secret in it is no longer the right one.',
    who: 'oauth-client-owner',
    hint: ['Ask them for the file with the current secret.', PERMISSION_KEPT],
  },
  {
    id: 'client-not-found',
    googleSays: 'invalid_client: The OAuth client was not found.',
    when: matching({ errors: ['invalid_client'] }),
    code: 'invalid-oauth-client',
    what: 'Google does not know the app that the Google client file names.',
    who: 'oauth-client-owner',
    hint: [
      'The file may have been changed by hand, or its client was deleted at Google: ask for a fresh one.',
      PERMISSION_KEPT,
    ],
  },
  {
    id: 'client-wrong-redirect',
    googleSays: 'redirect_uri_mismatch',
    when: matching({ errors: ['redirect_uri_mismatch'] }),
    code: 'invalid-oauth-client',
    what: 'The Google client file is not for a "Desktop app", so Google does not let this program receive the sign-in.',
    who: 'oauth-client-owner',
    hint: [
      'Ask them for a client of the type "Desktop app": Google Cloud console, Google Auth Platform > Clients > Create client.',
      PERMISSION_KEPT,
    ],
  },
  {
    id: 'client-unauthorized',
    googleSays: 'unauthorized_client',
    when: matching({ errors: ['unauthorized_client', 'unsupported_grant_type'] }),
    code: 'invalid-oauth-client',
    what: 'Google does not let the app of the Google client file sign in this way.',
    who: 'oauth-client-owner',
    hint: [
      'If the Google client file was replaced, put the earlier one back: a saved permission works only with the client that it was given to.',
      'Otherwise ask them for a client of the type "Desktop app".',
      PERMISSION_KEPT,
    ],
  },
  {
    id: 'proof-of-possession',
    googleSays: 'invalid_dpop_proof, use_dpop_nonce',
    when: matching({ errors: ['invalid_dpop_proof', 'use_dpop_nonce'] }),
    code: 'invalid-oauth-client',
    what: 'Google asks for a kind of proof with each request (DPoP) that this program can’t give.',
    who: 'oauth-client-owner',
    hint: [
      'Ask them to switch off the DPoP requirement of this client at Google.',
      PERMISSION_KEPT,
    ],
  },
];
