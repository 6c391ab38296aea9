/** The web proxy for requests to Google, read from the environment as curl does (curl(1), "Environment"). */

import { MailError } from '../errors.js';

/** Options for gaxios, which would otherwise read these variables in its own way. */
export interface ProxyOptions {
  /** The proxy's address; absent if there is none. */
  readonly proxy?: string;
  /** Addresses that bypass the proxy. */
  readonly noProxy: readonly RegExp[];
}

/** In curl's order: lower case first, and `all_proxy` last. HTTP_PROXY never applies to https. */
const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;
const EXCEPTION_VARIABLES = ['no_proxy', 'NO_PROXY'] as const;

/** The port of a proxy whose address has none (curl(1), `--proxy`). */
const PROXY_PORT = 1080;

/** This computer is never reached through a proxy: all of 127.0.0.0/8, ::1, and localhost (RFC 6761 6.3). */
const LOOPBACK = /^https?:\/\/(?:127(?:\.\d+){3}|\[::1\]|(?:[^/:]+\.)?localhost\.?)(?=[:/]|$)/i;

/**
 * The proxy that the environment names, and its exceptions.
 *
 * @throws MailError `invalid-settings` that names the variable but never its value, which may hold a password
 */
export function proxyOptions(variables: NodeJS.ProcessEnv): ProxyOptions {
  const name = PROXY_VARIABLES.find((one) => (variables[one] ?? '').trim() !== '');
  // Otherwise gaxios would use HTTP_PROXY.
  if (name === undefined) return { noProxy: [/^/] };
  const exceptions = EXCEPTION_VARIABLES.map((one) => variables[one] ?? '').find(
    (one) => one !== '',
  );
  const rules = (exceptions ?? '').split(/[\s,]+/).filter((rule) => rule !== '');
  return {
    proxy: proxyAddress(name, (variables[name] ?? '').trim()),
    noProxy: [LOOPBACK, ...rules.map(exception)],
  };
}

function proxyAddress(name: string, value: string): string {
  const [, scheme = 'http'] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(value) ?? [];
  if (/^socks/i.test(scheme)) {
    throw unusable(name, 'names a SOCKS proxy, and this program can use an HTTP proxy only');
  }
  if (!/^https?$/i.test(scheme)) throw unusable(name, `begins with ${scheme}://, not with http://`);
  const address = value.replace(/^[a-z]+:\/\//i, '');
  // Unencoded, these end the password for some programs and are part of it for others.
  if (/[#?]/.test(address) || /[/\\].*@/.test(address)) {
    throw unusable(
      name,
      'has one of the characters # ? / \\ in its user name or password, where it must be written as %23 %3F %2F %5C',
    );
  }
  const text = `${scheme.toLowerCase()}://${address}`;
  if (!URL.canParse(text) || new URL(text).hostname === '') {
    throw unusable(name, 'is not the address of a web proxy');
  }
  const url = new URL(text);
  // `new URL` drops the scheme's default port.
  const hasPort = /:\d+\/?$/.test(address);
  if (!hasPort && url.protocol === 'http:') url.port = String(PROXY_PORT);
  return url.href;
}

/**
 * One rule in NO_PROXY: `*` for everything; a domain with its subdomains, with or without a dot or `*.` before it;
 * a host with a port.
 */
function exception(rule: string): RegExp {
  if (rule === '*') return /^/;
  const [, host = '', port] = /^(?:\*?\.)?(\[[^\]]*\]|[^:]*)\.?(?::(\d+))?$/.exec(rule) ?? [];
  // An IPv6 address without brackets, or not a rule at all.
  const name = host === '' ? rule : host.replace(/\.$/, '');
  const pattern = name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  // The URL of a request omits 443, the default port of https.
  const at = port === undefined ? '(?::\\d+)?' : port === '443' ? '(?::443)?' : `:${port}`;
  return new RegExp(`^https?://(?:[^/:]+\\.)?${pattern}\\.?${at}(?:/|$)`, 'i');
}

function unusable(name: string, why: string): MailError {
  return new MailError(
    'invalid-settings',
    `The setting ${name} ${why}.`,
    `It looks like this: ${name}=http://proxy.practice.example:8080, with user:password@ before the name of the proxy where it asks for them. Ask your IT support.\nIf you need no proxy, remove ${name}.`,
  );
}
