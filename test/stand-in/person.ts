/** Plays the person at the browser: walks the stand-in's pages as a careful reader would. */

export interface PersonOptions {
  /** The address of the Google account to choose. */
  readonly account: string;
  /** Tick the box that lets the program send email; default true. */
  readonly tickSend?: boolean;
  /** `close`: goes as far as the consent page, and shuts the window there. Default: allow. */
  readonly decision?: 'allow' | 'cancel' | 'close';
  /** The browser is on another computer: it can't reach the program, and stays at that address. */
  readonly onAnotherComputer?: boolean;
}

/** Where the person ended up: the program's last page, or one of the stand-in's. */
export interface FinalPage {
  readonly finalUrl: string;
  readonly status: number;
  readonly headers: Headers;
  readonly html: string;
}

const MAX_STEPS = 20;
const STEP_TIMEOUT_MS = 60_000;

/** A browser that is started with the program's one-time address, as far as the page that it leads to. */
export async function googleAddress(address: string): Promise<string> {
  if (new URL(address).searchParams.has('client_id')) return address;
  const response = await fetch(address, { redirect: 'manual' });
  await response.body?.cancel();
  return response.headers.get('location') ?? address;
}

/**
 * Opens the sign-in address, or the one that leads to it, and goes on to the program's last page. Throws if the
 * account is not among those offered, or if the program's listener cannot be reached.
 */
export async function playPerson(address: string, options: PersonOptions): Promise<FinalPage> {
  const url = await googleAddress(address);
  const origin = new URL(url).origin;
  const browser = new Browser(options.onAnotherComputer === true ? origin : null);
  let page = await browser.open(url);
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const next = new URL(page.finalUrl).origin === origin ? nextRequest(page, options) : undefined;
    if (!next) {
      return page;
    }
    page = await browser.open(next.url, next.form);
  }
  throw new Error('The sign-in goes round in circles');
}

interface Next {
  readonly url: string;
  /** Sent with POST. */
  readonly form?: URLSearchParams;
}

function nextRequest(page: FinalPage, options: PersonOptions): Next | undefined {
  const { account, tickSend = true, decision = 'allow' } = options;
  if (page.html.includes('id="choose"')) {
    if (!page.html.includes(`name="account" value="${account}"`)) {
      throw new Error(`The account ${account} is not among those offered`);
    }
    return { url: withQuery(page.finalUrl, { account }) };
  }
  if (!page.html.includes('id="consent"')) {
    return undefined;
  }
  if (!page.html.includes(`Signed in as <strong>${account}</strong>`)) {
    return { url: withQuery(page.finalUrl, { chooser: 'yes' }) };
  }
  if (decision === 'close') {
    return undefined;
  }
  const send: Record<string, string> = tickSend ? { send: 'yes' } : {};
  const url = withQuery(page.finalUrl, {});
  return { url, form: new URLSearchParams({ account, decision, ...send }) };
}

function withQuery(url: string, query: Record<string, string>): string {
  const target = new URL(url);
  target.search = new URLSearchParams(query).toString();
  return target.href;
}

/** Follows redirects and keeps cookies; the cookies go to the host that set them. */
class Browser {
  readonly #cookies = new Map<string, Map<string, string>>();

  /** `onlyOrigin`: nothing else can be reached. */
  constructor(private readonly onlyOrigin: string | null) {}

  async open(url: string, form?: URLSearchParams): Promise<FinalPage> {
    let response = await this.#request(url, form);
    let address = url;
    for (let step = 0; step < MAX_STEPS; step += 1) {
      const location = response.headers.get('location');
      if (!location || response.status < 300 || response.status > 399) {
        const { status, headers } = response;
        return { finalUrl: address, status, headers, html: await response.text() };
      }
      address = new URL(location, address).href;
      if (this.onlyOrigin !== null && new URL(address).origin !== this.onlyOrigin) {
        return { finalUrl: address, status: 0, headers: new Headers(), html: '' };
      }
      response = await this.#request(address);
    }
    throw new Error(`Too many redirects from ${new URL(url).origin}`);
  }

  async #request(url: string, form?: URLSearchParams): Promise<Response> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, string>();
    this.#cookies.set(host, jar);
    const response = await fetch(url, {
      method: form ? 'POST' : 'GET',
      body: form ?? null,
      redirect: 'manual',
      headers: {
        Accept: 'text/html',
        Cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '),
      },
      signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
    });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      jar.set(name, value);
    }
    return response;
  }
}
