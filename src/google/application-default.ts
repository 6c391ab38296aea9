/**
 * The caller's identity from Google's Application Default Credentials. For a caller who may create tokens for a service
 * account, Google signs without a key (docs.cloud.google.com/docs/authentication/application-default-credentials).
 */

import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { interrupted, MailError } from '../errors.js';
import { isObject, parseJson } from '../text/json.js';
import { signerWithKey, tokenByAssertion } from './assertion.js';
import { explainGoogleError, type FailureFacts } from './explain.js';
import { textIn } from './fields.js';
import { type Issuer, isLoopbackUrl } from './issuer.js';
import { oauthEndpoints } from './metadata.js';
import { noToken } from './oauth.js';
import { parseKeyFile } from './service-account.js';
import { postForm } from './transport.js';

/** Required by the IAM Credentials API. */
const CLOUD_SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/**
 * An access token for the caller. A person's file (`gcloud auth application-default login`) and a key file are
 * handled here, so that the token comes from this run's issuer even if the file names another; all other kinds (a
 * Google Cloud server, a federated identity) are left to Google's library, which a rehearsal may use only with a
 * metadata server on this computer.
 *
 * @throws MailError `invalid-settings` if there are no credentials; otherwise as the catalogue explains a refusal
 */
export async function applicationDefaultToken(
  issuer: Issuer,
  environment: NodeJS.ProcessEnv,
  facts: FailureFacts,
  signal: AbortSignal,
): Promise<string> {
  try {
    const file = await readCredentials(environment);
    if (file?.type === 'authorized_user') return await personsToken(file, issuer, signal);
    if (file?.type === 'service_account') return await keysToken(file, issuer, facts.now, signal);
    return await librarysToken(issuer, environment, file !== null);
  } catch (error) {
    if (signal.aborted) throw interrupted();
    throw explainGoogleError(error, 'application-default', facts);
  }
}

async function readCredentials(
  environment: NodeJS.ProcessEnv,
): Promise<Record<string, unknown> | null> {
  const named = environment.GOOGLE_APPLICATION_CREDENTIALS ?? '';
  const path = named === '' ? wellKnownPath(environment) : named;
  try {
    const file = parseJson(await readFile(path, 'utf8'));
    if (isObject(file)) return file;
  } catch (error) {
    if (named === '' && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
  }
  throw noCredentials();
}

async function personsToken(
  file: Record<string, unknown>,
  issuer: Issuer,
  signal: AbortSignal,
): Promise<string> {
  const [id, secret, refresh] = ['client_id', 'client_secret', 'refresh_token'].map((field) =>
    textIn(file, field),
  );
  if (id === undefined || secret === undefined || refresh === undefined) throw noCredentials();
  const { tokenEndpoint } = await oauthEndpoints(issuer, signal);
  const client = { client_id: id, client_secret: secret };
  const fields = { grant_type: 'refresh_token', refresh_token: refresh, ...client };
  const answer = await postForm(tokenEndpoint, fields, signal);
  const token = isObject(answer) ? textIn(answer, 'access_token') : undefined;
  if (token === undefined) throw noToken();
  return token;
}

async function keysToken(
  file: Record<string, unknown>,
  issuer: Issuer,
  now: Date,
  signal: AbortSignal,
): Promise<string> {
  const { email, key } = parseKeyFile(
    JSON.stringify(file),
    'of the Application Default Credentials',
  );
  const signClaims = key === null ? null : signerWithKey(key);
  if (signClaims === null) throw noCredentials();
  const request = { iss: email, scope: CLOUD_SCOPE };
  return (await tokenByAssertion(request, signClaims, issuer, now, signal)).token;
}

async function librarysToken(
  issuer: Issuer,
  { GCE_METADATA_HOST: server = '' }: NodeJS.ProcessEnv,
  hasFile: boolean,
): Promise<string> {
  const isHere = URL.canParse(`http://${server}`) && isLoopbackUrl(new URL(`http://${server}`));
  if (issuer.isStandIn && (hasFile || !isHere)) throw noCredentials();
  const { GoogleAuth } = await import('google-auth-library');
  const token = await new GoogleAuth({ scopes: CLOUD_SCOPE })
    .getAccessToken()
    .catch((error: unknown) => {
      const words = error instanceof Error ? error.message : '';
      throw /could not load the default credentials/i.test(words) ? noCredentials() : error;
    });
  if (token == null) throw noCredentials();
  return token;
}

/** Where gcloud stores them and Google's libraries look for them. */
function wellKnownPath({ CLOUDSDK_CONFIG, APPDATA }: NodeJS.ProcessEnv): string {
  const folder =
    CLOUDSDK_CONFIG ??
    (process.platform === 'win32'
      ? join(APPDATA ?? homedir(), 'gcloud')
      : join(homedir(), '.config', 'gcloud'));
  return join(folder, 'application_default_credentials.json');
}

function noCredentials(): MailError {
  return new MailError(
    'invalid-settings',
    'No Application Default Credentials were found on this computer that Google takes, so Google can’t be asked to sign for the service account.',
    'Sign in to Google Cloud on this computer: gcloud auth application-default login\n' +
      'Or name a file of such credentials: GOOGLE_APPLICATION_CREDENTIALS=/path/to/file',
  );
}
