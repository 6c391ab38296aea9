/** `--verbose`: which requests leave and which files are used, on standard error. Never their contents. */

import type { ClientRequest, IncomingMessage } from 'node:http';

export type Trace = (line: string) => void;

/**
 * Traces each HTTP request of this process: its method, host and path, then its status and duration. The query is left
 * out, since a revocation's holds the token; so are headers and bodies. Node.js announces requests on these channels
 * whichever library makes them (node:diagnostics_channel, "Built-in Channels").
 */
export function traceRequests(trace: Trace): void {
  // Loaded only if a trace is wanted.
  const { subscribe } = process.getBuiltinModule('node:diagnostics_channel');
  const started = new WeakMap<ClientRequest, number>();
  const took = (request: ClientRequest) =>
    `${Math.round(performance.now() - (started.get(request) ?? performance.now()))} ms`;
  subscribe('http.client.request.start', (message) => {
    const { request } = message as { request: ClientRequest };
    started.set(request, performance.now());
    trace(`→ ${nameOf(request)}`);
  });
  subscribe('http.client.response.finish', (message) => {
    const { request, response } = message as { request: ClientRequest; response: IncomingMessage };
    trace(`← ${response.statusCode} ${nameOf(request)} (${took(request)})`);
  });
  subscribe('http.client.request.error', (message) => {
    const { request, error } = message as { request: ClientRequest; error: { code?: unknown } };
    const code = typeof error.code === 'string' ? error.code : 'failed';
    trace(`✗ ${code} ${nameOf(request)} (${took(request)})`);
  });
}

function nameOf(request: ClientRequest): string {
  const { method, protocol, path } = request;
  const host = request.getHeader('host') ?? request.host;
  return `${method} ${protocol}//${String(host)}${path.split('?')[0]}`;
}
