/**
 * What a page looks like in a real browser: its contrast, its width, and addresses unbroken, whatever theme or text
 * size is set.
 */

import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

const WINDOW = { width: 1280, height: 720 };

/** The narrowest window, and the largest text, that a page must cope with. */
const LOOKS = [
  { name: 'wide', viewport: WINDOW, textSize: 16 },
  { name: 'phone', viewport: { width: 375, height: 720 }, textSize: 16 },
  // WCAG 2.2, 1.4.4 and 1.4.10: text at twice the size, in a window of 640 pixels.
  { name: 'large text', viewport: { width: 640, height: 800 }, textSize: 32 },
  // A browser's zoom of 200%: half as many pixels for everything.
  { name: 'zoomed', viewport: { width: 640, height: 360 }, textSize: 16 },
] as const;

/**
 * Checks a page against what every reader needs.
 *
 * @param picture saves a screenshot of each look under this path, for people to inspect
 */
export async function expectReadable(page: Page, picture?: string): Promise<void> {
  expect(await page.locator('html').getAttribute('lang')).toBe('en-GB');
  expect(await page.locator('script, link, img, iframe, [style], [onclick]').count()).toBe(0);
  expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
  expect(await page.getByRole('main').count()).toBe(1);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const { name, viewport, textSize } of LOOKS) {
      await page.setViewportSize(viewport);
      await withTextSize(page, textSize, async () => {
        expect({ colorScheme, name, ...(await faultsOf(page)) }).toEqual({
          colorScheme,
          name,
          faint: [],
          broken: [],
          overflows: false,
        });
        if (picture !== undefined)
          await page.screenshot({ path: `${picture}-${colorScheme}-${name}.png`, fullPage: true });
      });
    }
  }
  await page.setViewportSize(WINDOW);
}

/** Texts below a contrast of 4.5 to 1 (WCAG 2.2, 1.4.3), addresses broken over two lines, and sideways scrolling. */
function faultsOf(page: Page): Promise<{ faint: string[]; broken: string[]; overflows: boolean }> {
  return page.evaluate(() => {
    const luminance = (color: string): number => {
      const [red = 0, green = 0, blue = 0] = (color.match(/[\d.]+/g) ?? []).map((part) => {
        const share = Number(part) / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element: Element): string => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const { backgroundColor } = getComputedStyle(at);
        if (backgroundColor !== 'rgba(0, 0, 0, 0)') return backgroundColor;
      }
      return 'rgb(255, 255, 255)';
    };
    const ratio = (element: Element): number => {
      const pair = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    };
    const linesOf = (element: Element): number => {
      const range = document.createRange();
      range.selectNodeContents(element);
      return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size;
    };
    const textOf = (element: Element) => element.textContent ?? '';
    const { scrollWidth, clientWidth } = document.documentElement;
    return {
      faint: [...document.querySelectorAll('h1, p, strong, span')]
        .filter((element) => ratio(element) < 4.5)
        .map(textOf),
      broken: [...document.querySelectorAll('.address')]
        .filter((element) => linesOf(element) !== 1)
        .map(textOf),
      overflows: scrollWidth > clientWidth,
    };
  });
}

/** The browser setting for larger text, which the page must follow: its sizes are in rem. */
async function withTextSize(page: Page, size: number, look: () => Promise<void>): Promise<void> {
  const protocol = await page.context().newCDPSession(page);
  const setSize = (standard: number) =>
    protocol.send('Page.setFontSizes', { fontSizes: { standard } });
  await setSize(size);
  try {
    const shown = await page.evaluate(() => getComputedStyle(document.body).fontSize);
    expect(Number.parseFloat(shown)).toBeGreaterThanOrEqual(size);
    await look();
  } finally {
    await setSize(16);
    await protocol.detach();
  }
}
