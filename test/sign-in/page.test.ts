/** The page the browser ends on: nothing from outside, no scripts, and text that stays text. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PAGE_HEADERS, type PageText, renderPage } from '../../src/sign-in/page.js';

const TEXT: PageText = {
  tone: 'signed-in',
  practice: 'Harbour Physio',
  title: 'You are signed in',
  heading: 'Not finished yet',
  lines: ['One.', 'Two.'],
  isRehearsal: false,
};

const html = (change: Partial<PageText> = {}) => renderPage({ ...TEXT, ...change }).html;
const countOf = (text: string, part: RegExp) => text.match(part)?.length ?? 0;

describe('the policy', () => {
  const policy = PAGE_HEADERS['content-security-policy'];

  test('allows nothing but the very style of the page', () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(html())?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(style).not.toBe('');
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${hash}'`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ]);
  });

  test('keeps the address and the page to itself', () => {
    expect(PAGE_HEADERS).toMatchObject({
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': 'text/html; charset=utf-8',
    });
  });
});

describe('the page', () => {
  test('has no script, no outside resource, no link and no inline style', () => {
    expect(html()).not.toMatch(/<script|<link|<img|<iframe|<a |src=|href=|style=|url\(|@import/i);
  });

  test('tells a screen reader its language, title, one heading and one main part', () => {
    expect(html()).toContain('<html lang="en-GB">');
    expect(html()).toContain(`<title>${TEXT.title} – ${TEXT.practice}</title>`);
    expect(countOf(html(), /<h1>/g)).toBe(1);
    expect(countOf(html(), /<main /g)).toBe(1);
  });

  test('begins with the practice', () => {
    const [, first] = /<main [^>]*>\s*<p class="practice">([^<]*)</.exec(html()) ?? [];
    expect(first).toBe('Harbour Physio: email from WriteUpp');
  });

  test.each([
    ['stopped', '■ Stopped'],
    ['failed', '✕ Not done'],
  ] as const)('says in words how it ended: %s', (tone, words) => {
    expect(html({ tone })).toContain(words);
  });

  test.each(['signed-in', 'asked'] as const)('says of no step that all is done: %s', (tone) => {
    expect(html({ tone })).not.toMatch(/✓|done/i);
  });

  test.each([
    ['Signed in as info@harbour-physio.example.', 'info@harbour-physio.example'],
    ['(jo@a.example)', 'jo@a.example'],
    ['jo@a.example, not sam@b-c.example', 'jo@a.example', 'sam@b-c.example'],
    ['zoë@größe.example!', 'zoë@größe.example!'],
    ['at @home, or a@ b', undefined],
  ])('keeps addresses whole: %s', (line, ...whole) => {
    const found = [...html({ lines: [line] }).matchAll(/<span class="address to\d+">([^<]*)</g)];
    expect(found.map(([, text]) => text)).toEqual(whole.filter((one) => one !== undefined));
  });

  test('says of a stand-in that it is not the real Google', () => {
    expect(html({ isRehearsal: true })).toContain('It is not the real Google.');
    expect(html()).not.toContain('rehearsal with');
  });

  test('escapes every text it is given', () => {
    const tags = (text: string) =>
      countOf(text.replace(/<span class="address to\d+">([^<]*)<\/span>/g, '$1'), /<\/?[a-z!]/gi);
    fc.assert(
      fc.property(fc.string(), fc.string(), (heading, line) => {
        const page = html({ heading, lines: [line, `</p><script>"'&`] });
        expect(tags(page)).toBe(tags(html()));
      }),
    );
    expect(html({ heading: '<b>"&\'' })).toContain('<h1>&#60;b&#62;&#34;&#38;&#39;</h1>');
  });
});
