// Taking alerts out of the inbox, and back into it.

import { ada, bell, expect, expectUnread, rows, tabTo, test, titles } from "./house.ts";

test("an alert that is put away in one tab leaves every tab, and comes back to all when it is taken back", async ({ server, signIn }) => {
  for (const title of ["One", "Two"]) await server.raise({ recipientId: "ada", title });
  const one = await signIn(ada);
  const other = await one.context().newPage();
  await other.goto(server.url);
  for (const page of [one, other]) await bell(page).click();
  await rows(one).first().hover();
  await one.getByRole("button", { name: "Archive: Two" }).click();
  for (const page of [one, other]) {
    await expect(titles(page)).toHaveText([/One/]);
    await expectUnread(page, 1);
    await expect(page.getByRole("link", { name: "Archive (1)" })).toBeVisible();
  }
  await expect(one.getByText("Archived: Two", { exact: true })).toBeVisible();
  await one.getByRole("button", { name: "Undo" }).click();
  for (const page of [one, other]) {
    await expect(titles(page)).toHaveText([/Two/, /One/]);
    await expectUnread(page, 2);
  }
  await expect(one.getByRole("button", { name: "Undo" })).toBeHidden();
});

test("Control Z takes it back, but not from who writes", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Gone by mistake" });
  const page = await signIn(ada);
  await bell(page).click();
  await rows(page).first().hover();
  await page.getByRole("button", { name: "Archive: Gone by mistake" }).click();
  await expectUnread(page, 0);
  await page.getByLabel("Title").press("Control+z");
  await expect(page.getByText("All quiet")).toBeAttached();
  await bell(page).focus();
  await page.keyboard.press("Control+z");
  await expectUnread(page, 1);
});

test("by the keyboard alone a list is put away, row after row", async ({ server, signIn }) => {
  for (const title of ["One", "Two", "Three"]) await server.raise({ recipientId: "ada", title });
  const page = await signIn(ada);
  await expectUnread(page, 3);
  await bell(page).focus();
  await page.keyboard.press("Enter");
  await tabTo(page.getByRole("button", { name: "Archive: Three" }));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Mark read: Two" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: "Mark read: One" })).toBeFocused();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(page.getByText("All quiet")).toBeVisible();
  await expect(page.locator(".dropdown")).toBeFocused();
});

test("a list out of which much is put away fills up from below", async ({ server, signIn }) => {
  for (let number = 1; number <= 25; number += 1) await server.raise({ recipientId: "ada", title: `Alert ${number}` });
  const page = await signIn(ada);
  await bell(page).click();
  await expect(rows(page)).toHaveCount(20);
  for (let number = 25; number > 9; number -= 1) {
    await rows(page).first().hover();
    await page.getByRole("button", { name: `Archive: Alert ${number}`, exact: true }).click();
    await expect(page.getByRole("button", { name: `Archive: Alert ${number}`, exact: true })).toHaveCount(0);
  }
  await expect(rows(page)).toHaveCount(9);
  await expectUnread(page, 9);
});

test("without scripts it is put away, taken back, and moved out of the archive", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Later" });
  const page = await signIn(ada, { javaScriptEnabled: false });
  const away = async () => {
    await rows(page).first().hover();
    await page.getByRole("button", { name: "Archive: Later" }).click();
    await expect(page).toHaveTitle("Belfry");
  };
  await bell(page).click();
  await away();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page).toHaveTitle("(1) Belfry");
  await away();
  await page.getByRole("link", { name: "Archive (1)" }).click();
  await expect(page).toHaveURL(/\/archive$/);
  await page.getByRole("button", { name: "Move to inbox: Later" }).click();
  await expect(page.getByText("Nothing here")).toBeVisible();
  await expect(page).toHaveTitle("(1) Archive · Belfry");
});

test("an alert that is put off or deleted leaves the list, and Undo brings it back", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Not now" });
  const page = await signIn(ada);
  await bell(page).click();
  const more = rows(page).first().locator(".others > summary");
  for (const [button, words] of [["1 hour", "Snoozed: Not now"], ["Delete", "Deleted: Not now"]] as const) {
    await rows(page).first().hover();
    await more.click();
    await page.getByRole("button", { name: button }).click();
    await expect(page.getByText(words, { exact: true })).toBeVisible();
    await expectUnread(page, 0);
    await page.getByRole("button", { name: "Undo" }).click();
    await expectUnread(page, 1);
  }
});

test("what is put off waits on its own page until tomorrow", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Not today" });
  const page = await signIn(ada);
  await bell(page).click();
  await rows(page).first().hover();
  await rows(page).first().locator(".others > summary").click();
  await page.getByRole("button", { name: "Tomorrow" }).click();
  await page.getByRole("link", { name: "Snoozed (1)" }).click();
  await expect(page).toHaveURL(/\/snoozed$/);
  await expect(page.getByText(/Comes back/)).toBeVisible();
  await page.getByRole("button", { name: "Move to inbox: Not today" }).click();
  await expect(page.getByText("Nothing here")).toBeVisible();
  await expect(page).toHaveTitle("(1) Snoozed · Belfry");
});

test("without scripts an alert is deleted and taken back", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Oops" });
  const page = await signIn(ada, { javaScriptEnabled: false });
  await bell(page).click();
  await rows(page).first().hover();
  await rows(page).first().locator(".others > summary").click();
  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByText("Deleted: Oops")).toBeVisible();
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page).toHaveTitle("(1) Belfry");
});
