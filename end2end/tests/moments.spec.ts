// What happens between two other things, and what time does to an open page.

import { ada, bell, expect, expectUnread, hold, rows, stopTimers, test, titles } from "./house.ts";

test("an alert raised between the page and its script appears once", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Before" });
  const page = await signIn(ada);
  const { held, letGo } = await hold(page, "**/*.wasm");
  await page.reload({ waitUntil: "commit" });
  await held;
  await expectUnread(page, 1);
  await server.raise({ recipientId: "ada", title: "Between" });
  letGo();
  await expectUnread(page, 2);
  await expect(titles(page)).toHaveText([/Between/, /Before/]);
});

test("a list that loads more says so until it has it", async ({ server, signIn }) => {
  for (let number = 1; number <= 21; number += 1) await server.raise({ recipientId: "ada", title: `Alert ${number}` });
  const page = await signIn(ada);
  await bell(page).click();
  const { held, letGo } = await hold(page, "**/graphql", "query Page");
  await page.getByRole("link", { name: "Load more" }).click();
  await held;
  const loading = page.getByRole("link", { name: "Loading…" });
  await expect(loading).toHaveAttribute("aria-busy", "true");
  await expect(rows(page)).toHaveCount(20);
  letGo();
  await expect(rows(page)).toHaveCount(21);
  await expect(loading).toBeHidden();
});

test("an alert is read when the server has said so, and not before", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Slow" });
  const page = await signIn(ada);
  await bell(page).click();
  const { held, letGo } = await hold(page, "**/graphql", "MarkRead");
  const button = page.getByRole("button", { name: "Mark read: Slow" });
  await button.click();
  await held;
  await expect(button).toHaveAttribute("aria-busy", "true");
  await expectUnread(page, 1);
  letGo();
  await expectUnread(page, 0);
  await expect(page.getByRole("button", { name: "Mark unread: Slow" })).toHaveAttribute("aria-busy", "false");
});

test("mark all read reads what could be seen, and nothing that came after", async ({ server, signIn }) => {
  for (const title of ["One", "Two"]) await server.raise({ recipientId: "ada", title });
  const page = await signIn(ada);
  await bell(page).click();
  const { held, letGo } = await hold(page, "**/graphql", "MarkAllRead");
  await page.getByRole("button", { name: "Mark all read" }).click();
  await held;
  await server.raise({ recipientId: "ada", title: "Later" });
  await expectUnread(page, 3);
  letGo();
  await expectUnread(page, 1);
  await expect(page.locator("li.alert.unread h3")).toHaveText([/Later/]);
});

test("a burst is told once, in one sentence", async ({ server, signIn }) => {
  const page = await signIn(ada);
  await stopTimers(page);
  await server.raise({ recipientId: "ada", title: "One" });
  await server.raise({ recipientId: "ada", title: "Two" });
  await expectUnread(page, 2);
  const spoken = page.locator("leptos-island > [role=status]");
  await expect(spoken).toHaveText("");
  await page.clock.runFor(1_000);
  await expect(spoken).toHaveText("2 new notifications, 2 unread.");
});

test("relative times go on", async ({ server, signIn }) => {
  const page = await signIn(ada);
  await page.clock.install();
  await page.reload();
  await server.raise({ recipientId: "ada", title: "A while ago" });
  const when = rows(page).locator("time");
  await expect(when).toHaveText("just now");
  await page.clock.fastForward("03:00");
  await expect(when).toHaveText("3 min ago");
  await page.clock.fastForward("01:00:00");
  await expect(when).toHaveText("1 h ago");
});

test("above 99 the bell says that there are more", async ({ server, signIn }) => {
  for (let number = 1; number <= 99; number += 1) await server.raise({ recipientId: "ada", title: `Alert ${number}` });
  const page = await signIn(ada);
  await expectUnread(page, 99);
  await server.raise({ recipientId: "ada", title: "One more" });
  await expect(page.locator(".bell-badge")).toHaveText("99+");
  await expect(page).toHaveTitle("(99+) Belfry");
  await expect(bell(page)).toContainText("Notifications, 100 unread");
  await page.reload();
  await expect(page.locator(".bell-badge")).toHaveText("99+");
  await expect(page).toHaveTitle("(99+) Belfry");
});
