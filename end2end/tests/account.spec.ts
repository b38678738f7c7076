// The account page: where somebody is signed in, and their password. It loads no script, with JavaScript or without.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ada, expect, test } from "./house.ts";

async function judge(page: Page, name: string): Promise<void> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  await page.screenshot({ path: `screenshots/${name}.png`, animations: "disabled", fullPage: true });
}

const rows = (page: Page) => page.locator("ul.sessions > li");

async function open(page: Page): Promise<void> {
  await page.getByRole("link", { name: /your account/ }).click();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
}

async function change(page: Page, current: string, next: string): Promise<void> {
  await page.getByLabel("Current password").fill(current);
  await page.getByLabel("New password").fill(next);
  await page.getByRole("button", { name: "Change password" }).click();
}

for (const [name, options] of Object.entries({
  light: { colorScheme: "light" },
  dark: { colorScheme: "dark" },
  narrow: { viewport: { width: 360, height: 720 } },
})) {
  test(`the account page, ${name}`, async ({ signIn }) => {
    await signIn(ada);
    const page = await signIn(ada, options);
    await open(page);
    await expect(rows(page)).toHaveCount(2);
    await judge(page, `account-${name}`);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth);
    expect(wide).toBe(false);
    await change(page, "a guess", "a long password");
    await expect(page.getByRole("alert")).toHaveText("The current password is not right.");
    await judge(page, `account-${name}-refused`);
  });
}

test("without scripts a session is signed out by its button", async ({ signIn }) => {
  const other = await signIn(ada);
  const page = await signIn(ada, { javaScriptEnabled: false });
  await open(page);
  await expect(rows(page).filter({ hasText: "This browser" })).toHaveCount(1);
  await rows(page).getByRole("button", { name: /Sign out/ }).click();
  await expect(page.getByRole("status")).toHaveText("That browser is signed out.");
  await expect(rows(page)).toHaveCount(1);
  await other.reload();
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("without scripts another password signs out everywhere else", async ({ signIn }) => {
  const other = await signIn(ada);
  const page = await signIn(ada, { javaScriptEnabled: false });
  await open(page);
  await change(page, "demo", "a long password");
  await expect(page.getByRole("status")).toHaveText(/Your password is changed/);
  await expect(rows(page)).toHaveCount(1);
  await other.reload();
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
});

test("without scripts one signs out everywhere", async ({ server, signIn }) => {
  const page = await signIn(ada, { javaScriptEnabled: false });
  await open(page);
  await page.getByRole("button", { name: "Sign out everywhere", exact: true }).click();
  await expect(page).toHaveURL(`${server.url}/login`);
});
