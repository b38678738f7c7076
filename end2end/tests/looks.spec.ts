// Each state of the page: no violation that axe finds, and a picture for people to judge.

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { ada, bell, expect, expectUnread, hold, test } from "./house.ts";
import type { Server } from "./server.ts";

async function judge(page: Page, name: string): Promise<void> {
  // What is half unfolded is half transparent, and not what anybody reads. Not by their promises: those of what
  // was drawn anew meanwhile are broken.
  const moving = () => document.getAnimations().filter(({ playState }) => playState === "running").length;
  await expect.poll(() => page.evaluate(moving)).toBe(0);
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

test("the page to sign in on, after a wrong password", async ({ page, server }) => {
  await page.goto(`${server.url}/login`);
  await page.getByLabel("User").fill("ada");
  await page.getByLabel("Password").fill("guess");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("alert")).toHaveText("The user or the password is not right.");
  await judge(page, "login-refused");
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

test("an alert just put away, and the archive", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada, { colorScheme: "light" });
  await bell(page).click();
  await page.locator("li.alert").nth(1).hover();
  await page.getByRole("button", { name: /Archive: Grace/ }).click();
  await expectUnread(page, 5);
  await page.locator("li.alert").nth(1).hover();
  await judge(page, "put-away");
  await page.goto(`${server.url}/archive`);
  await judge(page, "archive");
  await page.getByRole("button", { name: /Move to inbox/ }).click();
  await judge(page, "archive-empty");
});

test("what else can be done with an alert, and what is put off", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada, { colorScheme: "light" });
  await bell(page).click();
  await page.locator("li.alert").nth(1).hover();
  await page.locator("li.alert").nth(1).locator(".others > summary").click();
  await judge(page, "other-acts");
  await page.getByRole("button", { name: "Tomorrow" }).click();
  await expectUnread(page, 5);
  await judge(page, "put-off");
  await page.goto(`${server.url}/snoozed`);
  await judge(page, "snoozed");
});

test("the bell, closed and open, in dark", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada, { colorScheme: "dark" });
  await judge(page, "closed-dark");
  await bell(page).click();
  await page.getByRole("button", { name: /Mark read: Build/ }).click();
  await expectUnread(page, 5);
  await judge(page, "open-dark");
});

test("the bell, open, on a narrow screen", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada, { viewport: { width: 360, height: 720 } });
  await judge(page, "closed-narrow");
  await bell(page).click();
  await judge(page, "open-narrow");
});

for (const colorScheme of ["light", "dark"]) {
  test(`the bell, open, with nothing in it, in ${colorScheme}`, async ({ signIn }) => {
    const page = await signIn(ada, { colorScheme });
    await bell(page).click();
    await expect(page.getByText("All quiet")).toBeVisible();
    await expect(page.locator(".empty-drawing use")).toHaveAttribute("href", "/icons.svg#quiet");
    await judge(page, `open-empty-${colorScheme}`);
  });
}

test("the bell, open, while it loads more", async ({ server, signIn }) => {
  for (let number = 1; number <= 21; number += 1) await server.raise({ recipientId: "ada", title: `Alert ${number}` });
  const page = await signIn(ada);
  await bell(page).click();
  const { held, letGo } = await hold(page, "**/graphql", "query Page");
  await page.getByRole("link", { name: "Load more" }).click();
  await held;
  await expect(page.getByRole("link", { name: "Loading…" })).toBeVisible();
  await judge(page, "open-loading");
  letGo();
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

test("the bell, open, of somebody who is signed out", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada);
  const other = await page.context().newPage();
  await other.goto(server.url);
  await expectUnread(page, 6);
  await other.getByRole("button", { name: "Sign out" }).click();
  await bell(page).click();
  await expect(page.getByRole("link", { name: "Sign in" })).toBeVisible();
  await judge(page, "open-signed-out");
});

test("the bell, open, of a page that the server will not have any more", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada);
  await page.routeWebSocket("**/graphql/ws", (socket) => socket.close({ code: 4400 }));
  await page.reload();
  await bell(page).click();
  await expect(page.getByRole("link", { name: "Load the page again" })).toBeVisible();
  await judge(page, "open-ended");
});

test("the panel, after an alert and after one that was refused", async ({ signIn }) => {
  const page = await signIn(ada);
  const raise = page.getByRole("button", { name: "Raise alert" });
  await raise.click();
  await expect(page.getByRole("status").filter({ hasText: "Raised." })).toBeVisible();
  await judge(page, "panel-raised");
  await page.getByLabel("Link").fill("javascript:alert(1)");
  await raise.click();
  await expect(page.getByRole("alert").filter({ hasText: "link must" })).toBeVisible();
  await judge(page, "panel-refused");
});

// With JavaScript off axe cannot run either. Without its own script the page is the same.
test("the bell, closed and open, without its script", async ({ server, signIn }) => {
  await fill(server);
  const page = await signIn(ada);
  await page.route("**/pkg/*.js", (route) => route.abort());
  await page.reload();
  await judge(page, "closed-plain");
  await bell(page).click();
  await judge(page, "open-plain");
});
