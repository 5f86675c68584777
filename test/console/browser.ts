import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { beforeAll, expect, onTestFinished, vi } from 'vitest';

/** Debian's; none is downloaded. The one without windows takes less of a processor. */
export const browserFile = ['chromium-headless-shell', 'chromium', 'chromium-browser']
  .map((name) => `/usr/bin/${name}`).find((file) => existsSync(file));

/** Why tests in a browser are skipped, or null: `context.skip(noBrowser !== null, noBrowser ?? '')`. */
export const noBrowser =
  browserFile === undefined ? 'Chromium is not on this machine: apt-get install chromium-headless-shell' : null;

/** Without its own calls to the internet. */
export const browserArgs = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
  // The address bar of each window is made of two pages, which nobody sees here and which take longer than ours.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup',
];

let browser: Browser | null = null;

/** One browser for all files of a process, which ends it: it takes as long to start as several tests. */
export function useBrowser(): void {
  vi.setConfig({ testTimeout: 180_000 });
  beforeAll(async () => {
    if (browserFile === undefined || browser?.isConnected() === true) return;
    browser = await chromium.launch({ executablePath: browserFile, args: browserArgs });
  });
}

export interface Visit {
  /** Who is logged in, on a server in development mode; null: nobody. Default `mira`. */
  readonly user?: string | null;
  /** Default `/`. */
  readonly path?: string;
  readonly dark?: boolean;
  /** CSS pixels; default 1,280. */
  readonly width?: number;
  readonly language?: 'en' | 'de';
  /** Messages of the browser that the test provokes, such as that of an answer 404. */
  readonly expected?: readonly RegExp[];
  /** Instead of the server's own address: that of a proxy. */
  readonly url?: string;
}

/**
 * A page of the console in a browser of its own. The test fails if the browser says anything in its console that is
 * not expected: errors, warnings, violations of the policy.
 */
export async function openConsole(server: { readonly url: string }, visit: Visit = {}): Promise<Page> {
  const { user = 'mira', path = '/', dark = false, width = 1_280, language = 'en', expected = [] } = visit;
  const url = visit.url ?? server.url;
  if (browser === null) throw new Error('useBrowser() was not called, or there is none');
  const context = await browser.newContext({
    viewport: { width, height: 860 }, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce',
    locale: language === 'en' ? 'en-GB' : 'de-DE', timezoneId: 'Europe/Berlin', acceptDownloads: true,
  });
  if (user !== null) await context.addCookies([{ name: 'waybill_session', value: encodeURIComponent(user), url }]);
  // A machine that does more than these tests takes several times as long.
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const faults: string[] = [];
  const fault = (text: string): void => {
    if (!expected.some((pattern) => pattern.test(text))) faults.push(text);
  };
  page.on('console', (message) => /^(error|warning)$/.test(message.type()) && fault(message.text()));
  page.on('pageerror', (error) => fault(error.stack ?? error.message));
  onTestFinished(async () => {
    await context.close();
    expect(faults).toEqual([]);
  });
  await page.goto(url + path);
  return page;
}

/** Brings about what the page may bring about by itself, and then takes away what would be clicked. */
export async function clickUnlessThere(control: Locator, effect: Locator): Promise<void> {
  await Promise.race([control.click().catch(() => {}), effect.waitFor()]);
  await effect.waitFor();
}

let made = 0;
/** A name that nobody had before: a test that is tried again does not meet what its first try left behind. */
export const fresh = (name: string): string => `${name}${++made}`;

/** What every page is shown in: on a desk in the light, on a phone in the dark. */
const phone = { name: 'a phone', width: 390 } as const;
export const sizes = [{ name: 'a desk', width: 1_280 }, phone] as const;

const guidelines = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] } as const;
/** Those of the rules that depend on the scheme of colours. */
const ofColours = { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } as const;

/**
 * No violation of WCAG 2.2 AA that can be found by a program, in the light on a desk and in the dark on a phone. The
 * same page is looked at in both, as nothing but its style sheet knows how wide it is.
 */
export async function expectAccessible(page: Page): Promise<void> {
  expect(await violations(page, guidelines), 'on a desk in the light').toEqual([]);
  const desk = page.viewportSize()!;
  await page.setViewportSize({ ...desk, width: phone.width });
  await showIn(page, 'dark');
  expect(await violations(page, guidelines), 'on a phone in the dark').toEqual([]);
  await showIn(page, 'light');
  await page.setViewportSize(desk);
}

/** The same of what is shown on a desk alone: in the dark too. */
export async function expectAccessibleInBoth(page: Page): Promise<void> {
  await expectAccessible(page);
  await showIn(page, 'dark');
  expect(await violations(page, ofColours)).toEqual([]);
  await showIn(page, 'light');
}

/** Once what fades from colour to colour has. */
async function showIn(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map(({ finished }) => finished)));
}

/** Minified, as each page reads it anew: in half of the time. */
const requireAxe = createRequire(import.meta.resolve('@axe-core/playwright'));
const axe = readFileSync(requireAxe.resolve('axe-core/axe.min.js'), 'utf8');

async function violations(page: Page, runOnly: typeof guidelines | typeof ofColours): Promise<string[]> {
  // A page has no frames, and keeps the library while it is open.
  const axeSource = (await page.evaluate('"axe" in window')) ? ' ' : axe;
  const builder = new AxeBuilder({ page, axeSource }).setLegacyMode();
  const { violations: found } = await builder.options({ runOnly, resultTypes: ['violations'] } as never).analyze();
  return found.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${help}\n${html.slice(0, 300)}\n${failureSummary ?? ''}`));
}
