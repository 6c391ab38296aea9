/** Web pages where a reason was expected, and a reason that nobody knows. */
import type { HttpCase } from './http-case.js';

const page = (title: string) =>
  `<!DOCTYPE html><html><title>${title}</title><p><b>${title}</b> That’s an error.</html>`;

export const PAGE_CASES: readonly HttpCase[] = [
  {
    id: 'message-too-large',
    operation: 'send',
    status: 413,
    body: page('Error 413 (Request Entity Too Large)!!1'),
    code: 'message-too-large',
    details: { sent: 'no' },
  },
  {
    id: 'message-too-large-page',
    operation: 'send',
    status: 400,
    body: page('Error 400 (Bad Request)!!1'),
    code: 'message-too-large',
    details: { sent: 'no' },
  },
  {
    id: 'send-outcome-unknown',
    operation: 'send',
    status: 502,
    body: page('Error 502 (Server Error)!!1'),
    code: 'delivery-unknown',
    details: { sent: 'unknown' },
  },
  {
    id: 'google-unavailable',
    operation: 'exchange-code',
    status: 503,
    body: page('Error 503 (Service Unavailable)!!1'),
    code: 'google-unavailable',
  },
  {
    id: 'proxy-password',
    operation: 'refresh',
    status: 407,
    body: page('Proxy Authentication Required'),
    code: 'proxy',
  },
  {
    id: 'unknown',
    operation: 'refresh',
    status: 418,
    body: { error: 'short_and_stout', error_description: 'A new reason.' },
    code: 'internal',
  },
];
