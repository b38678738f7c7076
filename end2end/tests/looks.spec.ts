// Each state of the page: no violation that axe finds, and a picture for people to judge.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ada, bell, expect, expectUnread, test } from "./house.ts";
import type { Server } from "./server.ts";

async function judge(page: Page, name: string): Promise<void> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" | ")}`)).toEqual([]);
  await page.screenshot({ path: `screenshots/${name}.png`, animations: "disabled" });
}

/** An inbox as somebody might find it. */
async function fill(server: Server): Promise<void> {
  const grace = { id: "grace", name: "Grace Murray" };
  const alan = { name: "Alan Mathison" };
  const alerts = [
    { title: "Welcome to Belfry", kind: "hello", body: "Leave this page open: the bell rings by itself." },
    { title: "Your export is ready", kind: "export", severity: "SUCCESS", link: "/exports/7" },
    { title: "Interview with Joan starts in ten minutes", kind: "interview", actor: alan, link: "/interviews/3" },
    { title: "Disk of build-3 is nearly full", kind: "disk", severity: "WARNING", body: "4 % left on /var. It will be full by tonight." },
    { title: "Grace mentioned you in “Release plan”", kind: "mention", actor: grace, body: "@ada could you look at the second table? I think the numbers for October are last year’s.", link: "/plans/12" },
    { title: "Build 412 is red on main", kind: "build", severity: "CRITICAL", body: "2 of 1,803 tests failed: broker::hub, live::session.", link: "/builds/412" },
  ];
  for (const alert of alerts) await server.raise({ recipientId: "ada", ...alert });
}

test("the page to sign in on", async ({ page, server }) => {
  await page.goto(`${server.url}/login`);
  await judge(page, "login");
});

test("a page that is not there", async ({ page, server }) => {
  const response = await page.goto(`${server.url}/nowhere`);
  expect(response?.status()).toBe(404);
  await judge(page, "nowhere");
});

test("the bell, closed and open, in light", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada, { colorScheme: "light" });
  await expectUnread(page, 6);
  await judge(page, "closed");
  await bell(page).click();
  await page.getByRole("button", { name: /Mark read: Welcome/ }).click();
  await page.getByRole("button", { name: /Mark read: Your export/ }).click();
  await page.getByRole("button", { name: /Mark read: Interview/ }).click();
  await expectUnread(page, 3);
  await page.locator(".dropdown-body").evaluate((body) => body.scrollTo(0, 0));
  await page.mouse.move(10, 400);
  await judge(page, "open-light");
  await page.screenshot({ path: "screenshots/bell.png", animations: "disabled" });
});

test("the bell, open, in dark", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada, { colorScheme: "dark" });
  await bell(page).click();
  await judge(page, "open-dark");
});

test("the bell, open, on a narrow screen", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada, { viewport: { width: 360, height: 720 } });
  await judge(page, "closed-narrow");
  await bell(page).click();
  await judge(page, "open-narrow");
});

test("the bell, open, with nothing in it", async ({ signIn }) => {
  const page = await signIn(ada);
  await bell(page).click();
  await expect(page.getByText("All quiet")).toBeVisible();
  await expect(page.locator(".empty-drawing use")).toHaveAttribute("href", "/icons.svg#quiet");
  await judge(page, "open-empty");
});

test("the bell, open, while the server is away", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada);
  await expectUnread(page, 6);
  await server.stop();
  await bell(page).click();
  await expect(page.getByText("Not live. Reconnecting…")).toBeVisible();
  await judge(page, "open-offline");
  await page.getByRole("button", { name: /Mark read: Welcome/ }).click();
  await expect(page.getByRole("button", { name: "Try again" })).toBeVisible();
  await judge(page, "open-trouble");
});
