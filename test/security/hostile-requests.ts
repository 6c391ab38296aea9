/** What a hostile page or program can send to the listener of a sign-in: each kind of request, as bytes. */

/** What the attacker knows. It knows too much: no attacker should know the state of a sign-in. */
export interface Target {
  readonly port: number;
  readonly state: string;
  readonly issuer: string;
}

/** Makes the bytes of one request; `index` makes each of them different. */
export type HostileRequest = (target: Target, index: number) => string | Buffer;

const PATH = '/oauth2callback';
const LONG = 'a'.repeat(60_000);

const host = ({ port }: Target) => `127.0.0.1:${port}`;
const guess = (index: number) => Buffer.alloc(32, `guess-${index}-`).toString('base64url');
const query = (fields: readonly (readonly [string, string])[]) =>
  fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');

/** An answer with everything right but what the kind is about. */
const answer = (
  { state, issuer }: Target,
  index: number,
  change: Readonly<Record<string, string | null>> = {},
): string => {
  const fields = { code: `4/0Stolen-${index}`, state, iss: issuer, ...change };
  const entries = Object.entries(fields).filter(
    (entry): entry is [string, string] => entry[1] !== null,
  );
  return `${PATH}?${query(entries)}`;
};

const request = (
  target: Target,
  path: string,
  { method = 'GET', version = '1.1', hosts = [host(target)], headers = [] as string[] } = {},
  body = '',
): string =>
  [
    `${method} ${path} HTTP/${version}`,
    ...hosts.map((name) => `Host: ${name}`),
    ...headers,
    '',
    body,
  ].join('\r\n');

/** A name that the attacker's DNS points at 127.0.0.1 (DNS rebinding), and other hosts that are not ours. */
const withHost =
  (...names: ((target: Target) => string)[]): HostileRequest =>
  (target, index) =>
    request(target, answer(target, index), { hosts: names.map((name) => name(target)) });

const withMethod =
  (method: string): HostileRequest =>
  (target, index) =>
    request(target, answer(target, index), { method, headers: ['Content-Length: 0'] });

const withAnswer =
  (change: Readonly<Record<string, string | null>>): HostileRequest =>
  (target, index) =>
    request(target, answer(target, index, change));

const withTarget =
  (path: (target: Target, index: number) => string): HostileRequest =>
  (target, index) =>
    request(target, path(target, index));

const form = (target: Target, index: number) => answer(target, index).slice(PATH.length + 1);

/** Every kind, by name. None may be answered with anything but a 4xx, and none may change a thing. */
export const HOSTILE_REQUESTS: Readonly<Record<string, HostileRequest>> = {
  // Host: DNS rebinding, other names of this computer, other ports, none, and two.
  'rebound name': withHost(({ port }) => `attacker.example:${port}`),
  'rebound nip name': withHost(({ port }) => `127.0.0.1.nip.example:${port}`),
  'name with our address in it': withHost(({ port }) => `127.0.0.1:${port}.attacker.example`),
  'user part': withHost((target) => `attacker@${host(target)}`),
  localhost: withHost(({ port }) => `localhost:${port}`),
  'IPv6 loopback': withHost(({ port }) => `[::1]:${port}`),
  'mapped address': withHost(({ port }) => `[::ffff:127.0.0.1]:${port}`),
  'all interfaces': withHost(({ port }) => `0.0.0.0:${port}`),
  'address as a number': withHost(({ port }) => `2130706433:${port}`),
  'host without a port': withHost(() => '127.0.0.1'),
  'another port': withHost(({ port }) => `127.0.0.1:${port + 1}`),
  'no host': withHost(),
  'empty host': withHost(() => ''),
  'two hosts, ours first': withHost(host, () => 'attacker.example'),
  'two hosts, ours last': withHost(() => 'attacker.example', host),
  'ours twice': withHost(host, host),
  'forwarded host': (target, index) =>
    request(target, answer(target, index), {
      hosts: ['attacker.example'],
      headers: [`X-Forwarded-Host: ${host(target)}`, `Forwarded: host=${host(target)}`],
    }),

  // Methods.
  POST: withMethod('POST'),
  HEAD: withMethod('HEAD'),
  PUT: withMethod('PUT'),
  OPTIONS: withMethod('OPTIONS'),
  DELETE: withMethod('DELETE'),
  TRACE: withMethod('TRACE'),
  'method override': (target, index) =>
    request(target, answer(target, index), {
      method: 'POST',
      headers: ['X-HTTP-Method-Override: GET', 'Content-Length: 0'],
    }),
  'form post': (target, index) => {
    const body = form(target, index);
    const headers = [
      'Content-Type: application/x-www-form-urlencoded',
      `Content-Length: ${body.length}`,
    ];
    return request(target, PATH, { method: 'POST', headers }, body);
  },
  preflight: (target) =>
    request(target, PATH, {
      method: 'OPTIONS',
      headers: ['Origin: https://attacker.example', 'Access-Control-Request-Private-Network: true'],
    }),

  // Paths and forms of the target (RFC 9112 section 3.2).
  root: withTarget(() => '/'),
  'last page': withTarget(() => '/finished'),
  'one-time address': withTarget(() => '/start'),
  'one-time address, guessed': withTarget((_target, index) => `/start/${guess(index)}`),
  'last page, guessed': withTarget((_target, index) => `/finished/${guess(index)}`),
  'path below': withTarget((target, index) => answer(target, index).replace(PATH, `${PATH}/`)),
  'path in capitals': withTarget((target, index) =>
    answer(target, index).replace(PATH, '/OAuth2Callback'),
  ),
  'path escaped': withTarget((target, index) =>
    answer(target, index).replace(PATH, '/oauth2%63allback'),
  ),
  'dot segments': withTarget((target, index) => `/x/..${answer(target, index)}`),
  'two slashes': withTarget((target, index) => `/${answer(target, index)}`),
  'back slash': withTarget((target, index) => `/\\attacker.example${answer(target, index)}`),
  'absolute form': withTarget((target, index) => `http://${host(target)}${answer(target, index)}`),
  'absolute form of another host': withTarget(
    (target, index) => `http://attacker.example${answer(target, index)}`,
  ),
  'authority form': (target) => request(target, host(target), { method: 'CONNECT' }),
  'asterisk form': (target) => request(target, '*', { method: 'OPTIONS' }),
  'path traversal': withTarget(() => '/../../../../etc/passwd'),
  'oversized address': withTarget((target, index) => `${answer(target, index)}&pad=${LONG}`),

  // State, iss, code and error (RFC 6749 sections 3.1, 4.1.2 and 10.12; RFC 9207 section 2.4).
  'guessed state': (target, index) =>
    request(target, answer(target, index, { state: guess(index) })),
  'no state': withAnswer({ state: null }),
  'empty state': withAnswer({ state: '' }),
  'nearly the state': (target, index) =>
    request(target, answer(target, index, { state: `${target.state.slice(0, -1)}!` })),
  'state twice': withTarget(
    (target, index) => `${answer(target, index)}&${query([['state', target.state]])}`,
  ),
  'state and another': withTarget((target, index) => `${answer(target, index)}&state=x`),
  'state as a list': withTarget((target, index) =>
    answer(target, index).replace('state=', 'state[]='),
  ),
  'code of another issuer (mix-up)': withAnswer({ iss: 'https://attacker.example' }),
  'iss with a slash': (target, index) =>
    request(target, answer(target, index, { iss: `${target.issuer}/` })),
  'no iss': withAnswer({ iss: null }),
  'iss twice': withTarget(
    (target, index) => `${answer(target, index)}&${query([['iss', target.issuer]])}`,
  ),
  'two codes': withTarget((target, index) => `${answer(target, index)}&code=another`),
  'no code': withAnswer({ code: null }),
  'empty code': withAnswer({ code: '' }),
  'code and error': withAnswer({ error: 'access_denied' }),
  'error with a guessed state': (target, index) =>
    request(
      target,
      answer(target, index, { code: null, error: 'access_denied', state: guess(index) }),
    ),
  'error with a script in it': (target, index) =>
    request(
      target,
      answer(target, index, {
        code: null,
        error: '<script>alert(1)</script>',
        error_description: '\u001b[2J',
        state: guess(index),
      }),
    ),
  'error without iss': withAnswer({ code: null, error: 'access_denied', iss: null }),
  'two errors': withTarget(
    (target, index) => `${answer(target, index, { code: null, error: 'a' })}&error=b`,
  ),
  'fragment in the address': (target, index) =>
    request(target, answer(target, index).replace('?', '#')),
  'semicolons between fields': (target, index) =>
    request(target, answer(target, index).replaceAll('&', ';')),

  // The protocol itself.
  'HTTP/1.0 without host': (target, index) =>
    request(target, answer(target, index), { version: '1.0', hosts: [] }),
  'HTTP/1.0 with a guessed state': (target, index) =>
    request(target, answer(target, index, { state: guess(index) }), { version: '1.0' }),
  'HTTP/0.9': (target, index) => `GET ${answer(target, index)}\r\n\r\n`,
  'HTTP/2 preface': () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'HTTP/9.9': (target, index) => request(target, answer(target, index), { version: '9.9' }),
  'pipelined guesses': (target, index) =>
    Array.from({ length: 20 }, (_, step) =>
      request(target, answer(target, index, { state: guess(index * 20 + step) })),
    ).join(''),
  'huge header': (target, index) =>
    request(target, answer(target, index), { headers: [`Cookie: ${LONG}`] }),
  'many headers': (target, index) =>
    request(target, answer(target, index, { state: guess(index) }), {
      headers: Array.from({ length: 3_000 }, (_, step) => `X-${step}: y`),
    }),
  'header without a colon': (target, index) =>
    request(target, answer(target, index), { headers: ['nonsense'] }),
  'folded header': (target, index) =>
    request(target, answer(target, index), { headers: ['X-A: b', ' Host: folded'] }),
  'NUL in a header': (target, index) =>
    request(target, answer(target, index), { headers: ['X-A: \0'] }),
  'length and chunks (smuggling)': (target, index) =>
    request(
      target,
      answer(target, index),
      { method: 'POST', headers: ['Content-Length: 4', 'Transfer-Encoding: chunked'] },
      `0\r\n\r\n${request(target, answer(target, index, { state: guess(index) }))}`,
    ),
  'body of a GET, with a request in it': (target, index) => {
    const inner = request(target, answer(target, index, { state: guess(index) }));
    const headers = [`Content-Length: ${inner.length}`];
    return request(target, '/', { headers }, inner);
  },
  'upgrade to a web socket': (target, index) =>
    request(target, answer(target, index, { state: guess(index) }), {
      headers: ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Key: eA=='],
    }),
  'expects to continue': (target, index) =>
    request(target, answer(target, index), {
      method: 'POST',
      headers: ['Expect: 100-continue', 'Content-Length: 5'],
    }),
  'expects the impossible': (target, index) =>
    request(target, answer(target, index, { state: guess(index) }), {
      headers: ['Expect: miracles'],
    }),
  'bare line feeds': (target, index) =>
    request(target, answer(target, index, { state: guess(index) })).replaceAll('\r\n', '\n'),
  'TLS hello': () => Buffer.from('16030100050100000103030000000000000000', 'hex'),
  garbage: (_target, index) =>
    Buffer.from(Array.from({ length: 400 }, (_, step) => (step * 73 + index * 131) & 0xff)),
  nothing: () => '',
};

/** Requests that begin and do not end: what is sent first, and what drips after it. */
export const SLOW_REQUESTS: Readonly<
  Record<string, (target: Target) => { readonly first: string; readonly drip: string }>
> = {
  silent: () => ({ first: '', drip: '' }),
  'slow request line': () => ({ first: 'GET /', drip: 'a' }),
  'slow headers': (target) => ({
    first: `GET ${PATH} HTTP/1.1\r\nHost: ${host(target)}\r\n`,
    drip: 'X-A: b\r\n',
  }),
  'slow body': (target) => ({
    first: request(target, PATH, { method: 'POST', headers: ['Content-Length: 1000000000'] }),
    drip: 'a',
  }),
  'endless chunks': (target) => ({
    first: request(target, PATH, { method: 'POST', headers: ['Transfer-Encoding: chunked'] }),
    drip: '1\r\na\r\n',
  }),
};
