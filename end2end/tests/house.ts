// What every browser test has: a server, people signed in to it, and no complaint of the browser.

import { type BrowserContext, type Locator, type Page, test as base, expect } from "@playwright/test";
import { Server } from "./server.ts";

interface House {
  server: Server;
  /** Signs somebody in, in a browser of their own. */
  signIn: (name: RegExp, options?: object) => Promise<Page>;
}

export const test = base.extend<House>({
  server: async ({}, use) => {
    const server = await Server.start();
    await use(server);
    await server.end();
  },
  signIn: async ({ browser, server }, use) => {
    const contexts: BrowserContext[] = [];
    const complaints: string[] = [];
    await use(async (name, options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1100, height: 760 }, ...options });
      contexts.push(context);
      watch(context, complaints);
      const page = await context.newPage();
      await page.goto(`${server.url}/login`);
      await page.getByRole("button", { name }).click();
      await expect(page).toHaveURL(`${server.url}/`);
      return page;
    });
    await Promise.all(contexts.map((context) => context.close()));
    expect(complaints).toEqual([]);
  },
});

/** Notes panics, and whatever the content security policy stopped. */
function watch(context: BrowserContext, complaints: string[]): void {
  context.on("weberror", (error) => complaints.push(error.error().message));
  context.on("console", (message) => {
    const text = message.text();
    if (text.includes("Content Security Policy") || text.includes("panicked")) complaints.push(text);
  });
}

export const ada = /Sign in as Ada/;
export const grace = /Sign in as Grace/;

export function bell(page: Page): Locator {
  return page.locator("summary.bell-button");
}

export function rows(page: Page): Locator {
  return page.locator("ul.alerts > li");
}

export function titles(page: Page): Locator {
  return page.locator("ul.alerts > li h3");
}

/** The number of unread alerts that the bell speaks of and the one in the page's title, which must agree. */
export async function expectUnread(page: Page, number: number): Promise<void> {
  const words = number === 0 ? "none" : String(number);
  await expect(bell(page)).toContainText(`Notifications, ${words} unread`);
  await expect(page).toHaveTitle(number === 0 ? "Belfry" : `(${number}) Belfry`);
}

/** The number drawn on the bell: of what came since its reader looked. */
export async function expectUnseen(page: Page, number: number): Promise<void> {
  const badge = page.locator(".bell-badge");
  await expect(badge).toBeVisible({ visible: number > 0 });
  if (number > 0) {
    await expect(badge).toHaveText(String(number));
    await expect(bell(page)).toContainText(`, ${number} new`);
  }
}

/** Tells the page that it is, or is not, looked at. */
export async function look(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
  }, hidden);
}

/** Leaves a mark in the page that a reload would wipe out. */
export async function markPage(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => Object.assign(window, { sameLoad: true }));
  return async () => expect(await page.evaluate(() => "sameLoad" in window)).toBe(true);
}

/** Goes on by the Tab key until something has the focus. */
export async function tabTo(target: Locator): Promise<void> {
  const page = target.page();
  const hasFocus = () => target.evaluate((element) => element === document.activeElement);
  for (let presses = 0; presses < 30 && !(await hasFocus()); presses += 1) await page.keyboard.press("Tab");
  await expect(target).toBeFocused();
}

export interface Held {
  /** Resolves when the first request waits. */
  held: Promise<void>;
  letGo: () => void;
}

/** Keeps from the server what the page asks of an address, where its body holds some text. */
export async function hold(page: Page, address: string, text = ""): Promise<Held> {
  let [letGo, arrived] = [() => {}, () => {}];
  const released = new Promise<void>((resolve) => (letGo = resolve));
  const held = new Promise<void>((resolve) => (arrived = resolve));
  await page.route(address, async (route) => {
    if ((route.request().postData() ?? "").includes(text)) {
      arrived();
      await released;
    }
    await route.continue();
  });
  return { held, letGo };
}

/** Stops the page's timers: from now on it does only what it is told by something else. */
export async function stopTimers(page: Page): Promise<void> {
  await page.clock.install();
  await page.reload();
  await page.clock.pauseAt(Date.now() + 1_000);
}

export { expect };
