/** Which endpoint a request is for, and the log of all requests. */
import type { BufferedRequest } from './http.js';
import type { Point } from './misbehaviour.js';
import { PATHS } from './provider.js';
import { userIdOf } from './send-request.js';

export interface LoggedRequest {
  readonly method: string;
  /** Without the query, which may hold secrets. */
  readonly path: string;
  /** Names of the form fields or query parameters, never their values. */
  readonly fields: readonly string[];
  readonly at: Date;
  /** Undefined for the pages of the sign-in and for paths that Google has not. */
  readonly point: Point | undefined;
}

function pathOf(request: BufferedRequest): string {
  return new URL(request.url ?? '/', 'http://stand-in').pathname;
}

/** The point of a request as it arrives; `authorize` is only the program's own first request. */
export function pointOf(request: BufferedRequest): Point | undefined {
  const path = pathOf(request);
  switch (path) {
    case PATHS.discovery:
      return 'discovery';
    case PATHS.jwks:
      return 'jwks';
    case PATHS.authorization:
      return 'authorize';
    case PATHS.revocation:
      return 'revoke';
    case PATHS.token:
      return request.fields().get('grant_type') === 'authorization_code'
        ? 'token:code'
        : 'token:refresh';
    default:
      if (path.startsWith('/v1/projects/')) return 'iam';
      return userIdOf(path) === undefined ? undefined : 'send';
  }
}

/** The point of an answer: for `authorize`, the redirect that ends the sign-in. */
export function answerPointOf(request: BufferedRequest): Point | undefined {
  if (pathOf(request).startsWith(`${PATHS.authorization}/`)) {
    return 'authorize';
  }
  const point = pointOf(request);
  return point === 'authorize' ? undefined : point;
}

export function logEntryOf(request: BufferedRequest): LoggedRequest {
  return {
    method: request.method ?? '',
    path: pathOf(request),
    fields: [...new Set(request.fields().keys())],
    at: new Date(),
    point: pointOf(request),
  };
}
