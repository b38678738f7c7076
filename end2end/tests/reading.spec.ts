// Reading what does not fit at once, and a bell that has lost its way.

import { ada, bell, expect, expectUnread, grace, rows, test, titles } from "./house.ts";

test("the focus goes on to the first of the alerts that were loaded", async ({ server, signIn }) => {
  for (let number = 1; number <= 25; number += 1) await server.raise({ recipientId: "ada", title: `Alert ${number}` });
  const page = await signIn(ada);
  await bell(page).click();
  // Told by the browser's clock: the bell is awake, and the link no way to another page any more.
  await expect(rows(page).first().locator("time")).toHaveText("just now");
  await page.getByRole("link", { name: "Load more" }).focus();
  await page.keyboard.press("Enter");
  await expect(rows(page)).toHaveCount(25);
  await expect(page.getByRole("button", { name: "Mark read: Alert 5", exact: true })).toBeFocused();
  await expect(page.getByRole("status").filter({ hasText: "5 more shown." })).toHaveCount(1);
});

test("the focus stays in the bell when a second try succeeds", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "One" });
  const page = await signIn(ada);
  await bell(page).click();
  await page.route("**/graphql", (route) => route.abort());
  await page.getByRole("button", { name: "Mark read: One" }).click();
  const again = page.getByRole("button", { name: "Try again" });
  await again.focus();
  const failed = page.waitForEvent("requestfailed");
  await page.keyboard.press("Enter");
  await failed;
  // Another try while one is under way is none.
  await expect(again).not.toHaveAttribute("aria-busy", "true");
  await expect(again).toBeFocused();
  await page.unroute("**/graphql");
  await page.keyboard.press("Enter");
  await expectUnread(page, 0);
  await expect(again).toBeHidden();
  await expect(page.getByRole("region", { name: "Notifications" })).toBeFocused();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a long text can be read to its end, ${javaScriptEnabled ? "with" : "without"} scripts`, async ({ server, signIn }) => {
    await server.raise({ recipientId: "ada", title: "Short", body: "Nothing more." });
    await server.raise({ recipientId: "ada", title: "Long", body: `${"word ".repeat(80)}and the end.` });
    const page = await signIn(ada, { javaScriptEnabled });
    await bell(page).click();
    const text = rows(page).first().locator(".alert-body");
    const cut = () => text.evaluate((body) => body.scrollHeight > body.clientHeight);
    expect(await cut()).toBe(true);
    await expect(page.getByText("Show more")).toHaveCount(2);
    await expect(page.getByText("Show more").last()).toBeHidden();
    await page.getByText("Show more").first().click();
    expect(await cut()).toBe(false);
    await expect(page.getByText("Show less").first()).toBeVisible();
  });
}

test("a page whose opening cannot be read is asked for, and live", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Before" });
  const page = await signIn(ada);
  await page.route(server.url, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: (await response.text()).replace(/data-opening="[^"]*"/, 'data-opening="{"') });
  });
  await page.route("**/graphql", (route) => route.abort());
  await page.goto(server.url);
  await expectUnread(page, 1);
  await bell(page).click();
  await expect(titles(page)).toHaveText([/Before/]);
  await page.unroute("**/graphql");
  await server.raise({ recipientId: "ada", title: "After" });
  await expectUnread(page, 2);
  await expect(titles(page)).toHaveText([/After/, /Before/]);
  await expect(page.getByRole("heading", { name: "Notifications" })).toBeVisible();
});

test("data of any shape leaves the bell as it is", async ({ server, signIn }) => {
  let data: unknown = 1;
  for (let level = 0; level < 32; level += 1) data = [data];
  await server.raise({ recipientId: "ada", title: "Deep", data });
  const page = await signIn(ada);
  await expectUnread(page, 1);
  await server.raise({ recipientId: "ada", title: "Live" });
  await expectUnread(page, 2);
});

test("a page that wakes in another person's name shows nothing of theirs", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "For Ada" });
  const [page, other] = [await signIn(ada), await signIn(grace)];
  await server.raise({ recipientId: "grace", title: "For Grace" });
  await expectUnread(other, 1);
  await bell(page).click();
  await server.stop();
  await expect(page.getByText("Not live. Reconnecting…")).toBeVisible();
  await page.context().addCookies(await other.context().cookies());
  await server.resume();
  await expect(page.getByText("Not live any more.")).toBeVisible();
  await expect(titles(page)).toHaveText([/For Ada/]);
});

test("who is signed out while the bell is away is told so, and asks no more", async ({ server, signIn }) => {
  const page = await signIn(ada);
  await bell(page).click();
  await server.stop();
  await expect(page.getByText("Not live. Reconnecting…")).toBeVisible();
  await page.context().clearCookies();
  await server.resume();
  await expect(page.getByText("You are signed out.")).toBeVisible();
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  page.on("websocket", (socket) => asked.push(socket.url()));
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect(page.getByText("Not live. Reconnecting…")).toBeHidden();
  expect(asked).toEqual([]);
});
