// The number on the bell is of what came since its reader looked at the list; what is unread stays so.

import { ada, bell, expect, expectUnread, expectUnseen, look, test, titles } from "./house.ts";

test("opening the bell in one tab takes the number off it in every tab", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "One" });
  const one = await signIn(ada);
  const other = await one.context().newPage();
  await other.goto(server.url);
  await server.raise({ recipientId: "ada", title: "Two" });
  await expectUnseen(one, 2);
  await expectUnseen(other, 2);
  await bell(one).click();
  await expectUnseen(one, 0);
  await expectUnseen(other, 0);
  await expect(one.locator(".unread-count")).toHaveText("2 unread");
  await expectUnread(one, 2);
  await expectUnread(other, 2);
  await bell(one).click();
  await server.raise({ recipientId: "ada", title: "Three" });
  await expectUnseen(one, 1);
  await expectUnseen(other, 1);
  await other.reload();
  await expectUnseen(other, 1);
  await expectUnread(other, 3);
});

test("what arrives before its reader's eyes is seen at once, and not what arrives behind them", async ({
  server,
  signIn,
}) => {
  const page = await signIn(ada);
  await bell(page).click();
  await server.raise({ recipientId: "ada", title: "Before their eyes" });
  await expect(titles(page)).toHaveText([/Before their eyes/]);
  await expectUnseen(page, 0);
  await look(page, true);
  await server.raise({ recipientId: "ada", title: "Behind them" });
  await expectUnseen(page, 1);
  await look(page, false);
  await expectUnseen(page, 0);
  await expectUnread(page, 2);
});

test("what was looked at without the server is seen once it is back", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "One" });
  const page = await signIn(ada);
  await expectUnseen(page, 1);
  await server.stop();
  await bell(page).click();
  await expect(page.getByText("Not live. Reconnecting…")).toBeVisible();
  await expectUnseen(page, 1);
  await server.resume();
  await expectUnseen(page, 0);
  await expectUnread(page, 1);
});

test("what was put off is new when it comes back", async ({ server, signIn }) => {
  const id = await server.raise({ recipientId: "ada", title: "Later" });
  const page = await signIn(ada);
  await bell(page).click();
  await expectUnseen(page, 0);
  await bell(page).click();
  await page.evaluate((id) => {
    const until = new Date(Date.now() + 4_000).toISOString();
    const query = `mutation { snoozeAlert(id: "${id}", until: "${until}") { problem { message } } }`;
    const headers = { "content-type": "application/json" };
    return fetch("/graphql", { method: "POST", headers, body: JSON.stringify({ query }) });
  }, id);
  await expectUnread(page, 0);
  await expectUnread(page, 1);
  await expectUnseen(page, 1);
});
