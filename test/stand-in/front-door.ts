/** Every request passes here: it is logged, answered in Google's words, and made to go wrong. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BufferedRequest, Context, Middleware } from './http.js';
import { breakSignature, type SigningKey } from './keys.js';
import type { Misbehaviour, Point, TokenResponse, When } from './misbehaviour.js';
import { errorPage, PATHS, SESSION_COOKIE } from './provider.js';
import type { SecretLog } from './secrets.js';
import { googleIdTokenClaims, googleTokenError, googleTokenResponse } from './token-endpoint.js';
import { answerPointOf, type LoggedRequest, logEntryOf, pointOf } from './traffic.js';

interface FrontDoorParts {
  readonly misbehaviour: Misbehaviour;
  readonly log: (request: LoggedRequest) => void;
  readonly secrets: SecretLog;
  readonly key: SigningKey;
  /** How far Google's clock is ahead of this computer's; negative: behind. */
  readonly clockSkewMs: number;
  /** Ends the delays when the stand-in closes. */
  readonly closing: AbortSignal;
}

export function frontDoor(parts: FrontDoorParts): Middleware {
  return async (ctx, next) => {
    const request = ctx.req as BufferedRequest;
    parts.log(logEntryOf(request));
    noteSecrets(parts.secrets, request);
    forgetSession(request);
    ctx.set('Date', new Date(Date.now() + parts.clockSkewMs).toUTCString());

    if (await interrupts(parts, ctx, pointOf(request), 'before')) {
      return;
    }
    await next();
    speakAsGoogle(parts, ctx, request);
    await interrupts(parts, ctx, answerPointOf(request), 'after');
  };
}

/** Delay, cut or replaced answer. True if the request needs no more work. */
async function interrupts(
  { misbehaviour, closing }: FrontDoorParts,
  ctx: Context,
  point: Point | undefined,
  when: When,
): Promise<boolean> {
  const delay = misbehaviour.take(point, 'delay', when);
  if (delay && !(await waited(delay.ms, closing))) {
    ctx.respond = false;
    return true;
  }
  if (misbehaviour.take(point, 'cut', when)) {
    ctx.respond = false;
    ctx.req.socket.destroy();
    return true;
  }
  const answer = misbehaviour.take(point, 'answer', when);
  if (answer) {
    ctx.remove('Location');
    ctx.status = answer.status;
    ctx.body = answer.body ?? '';
    ctx.type = typeof answer.body === 'object' ? 'application/json' : 'text/html';
    ctx.set(answer.headers ?? {});
  }
  return answer !== undefined;
}

/** False if the stand-in closes first. A timer takes no more than 2^31 - 1 ms. */
async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(Math.min(ms, 2 ** 31 - 1), undefined, { signal });
    return true;
  } catch {
    return false;
  }
}

function speakAsGoogle(parts: FrontDoorParts, ctx: Context, request: BufferedRequest): void {
  if (ctx.state.isGoogles === true) return;
  const location = ctx.response.get('Location');
  const error = location && new URL(location, 'http://stand-in').searchParams.get('error');
  if (ctx.path === PATHS.authorization && error) {
    showErrorPage(ctx, error, new URL(location).searchParams.get('error_description') ?? '');
  } else if (answerPointOf(request) === 'authorize' && location) {
    ctx.set('Location', redirectOf(parts, location));
  } else if (ctx.path === PATHS.token) {
    answerTokenRequest(parts, ctx, request.fields());
  }
}

function showErrorPage(ctx: Context, error: string, description: string): void {
  const { status, headers, body } = errorPage(error, description);
  ctx.remove('Location');
  ctx.status = status;
  ctx.body = body;
  ctx.set(headers ?? {});
}

function redirectOf({ misbehaviour, secrets }: FrontDoorParts, location: string): string {
  const url = new URL(location);
  secrets.addFields(url.searchParams);
  misbehaviour.take('authorize', 'redirect')?.change(url.searchParams);
  return url.href;
}

function answerTokenRequest(parts: FrontDoorParts, ctx: Context, fields: URLSearchParams): void {
  const body = { ...(ctx.body as TokenResponse) };
  if (ctx.status === 200) {
    const point = answerPointOf(ctx.req as BufferedRequest);
    const response = googleTokenResponse(body, fields.get('grant_type'));
    ctx.body = tokenResponseOf(parts, point, response);
  } else {
    const refusal = googleTokenError(String(body.error), ctx.state.errorDetail ?? '', fields);
    ctx.status = refusal.status;
    ctx.body = refusal.body;
  }
}

function tokenResponseOf(
  { misbehaviour, secrets, key, clockSkewMs }: FrontDoorParts,
  point: Point | undefined,
  response: TokenResponse,
): TokenResponse {
  const unchanged = (value: TokenResponse) => value;
  const { id_token: idToken, ...rest } = response;
  if (typeof idToken === 'string') {
    const claims = googleIdTokenClaims(idToken, clockSkewMs);
    const change = misbehaviour.take(point, 'id-token')?.change ?? unchanged;
    const signed = key.signJwt(change(claims));
    const isBroken = misbehaviour.take(point, 'id-token-signature');
    rest.id_token = isBroken ? breakSignature(signed) : signed;
  }
  secrets.addFields(Object.entries(rest));
  const change = misbehaviour.take(point, 'token-response')?.change ?? unchanged;
  return change(rest);
}

function noteSecrets(secrets: SecretLog, request: BufferedRequest): void {
  if (request.method === 'POST') {
    secrets.addFields(request.fields());
  }
  secrets.add(/^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1]);
}

function forgetSession(request: BufferedRequest): void {
  const cookies = request.headers.cookie?.split(/; */) ?? [];
  request.headers.cookie = cookies.filter((one) => !one.startsWith(SESSION_COOKIE)).join('; ');
}
