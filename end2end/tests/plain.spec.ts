// The same page with JavaScript off.

import { ada, bell, expect, rows, test, titles } from "./house.ts";

const plain = { javaScriptEnabled: false };

test("without scripts the page shows the list and the number", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "One" });
  await server.raise({ recipientId: "ada", title: "Two", body: "With a body." });
  const page = await signIn(ada, plain);
  await expect(page).toHaveTitle("(2) Belfry");
  await expect(page.locator(".bell-badge")).toHaveText("2");
  await bell(page).click();
  await expect(titles(page)).toHaveText([/Two/, /One/]);
  await expect(page.getByText("With a body.")).toBeVisible();
});

test("without scripts reading works by forms", async ({ server, signIn }) => {
  for (const title of ["One", "Two", "Three"]) await server.raise({ recipientId: "ada", title });
  const page = await signIn(ada, plain);
  await bell(page).click();
  await page.getByRole("button", { name: "Mark read: Two" }).click();
  await expect(page).toHaveTitle("(2) Belfry");
  await expect(rows(page).first()).toBeVisible();
  await page.getByRole("button", { name: "Mark unread: Two" }).click();
  await expect(page).toHaveTitle("(3) Belfry");
  await page.getByRole("button", { name: "Mark all read" }).click();
  await expect(page).toHaveTitle("Belfry");
  await expect(page.locator("li.alert.unread")).toHaveCount(0);
});

test("without scripts older alerts are a link away", async ({ server, signIn }) => {
  for (let number = 1; number <= 25; number += 1) await server.raise({ recipientId: "ada", title: `Alert ${number}` });
  const page = await signIn(ada, plain);
  await bell(page).click();
  await expect(rows(page)).toHaveCount(20);
  await page.getByRole("link", { name: "Load more" }).click();
  await expect(rows(page)).toHaveCount(25);
});
