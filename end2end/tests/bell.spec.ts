import { ada, bell, expect, expectUnread, grace, markPage, rows, tabTo, test, titles } from "./house.ts";

test("two alerts raised by an outside program arrive in the open page without a reload", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const expectSameLoad = await markPage(page);
  await expectUnread(page, 0);
  await server.raise({ recipientId: "ada", title: "First" });
  await server.raise({ recipientId: "ada", title: "Second", severity: "CRITICAL", body: "Look at once." });
  await expectUnread(page, 2);
  await bell(page).click();
  await expect(titles(page)).toHaveText([/Second/, /First/]);
  await expectSameLoad();
});

test("an alert read in one tab is read in every tab", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Read me" });
  const one = await signIn(ada);
  const other = await one.context().newPage();
  await other.goto(server.url);
  await expectUnread(other, 1);
  await bell(one).click();
  await one.getByRole("button", { name: "Mark read: Read me" }).click();
  await expectUnread(one, 0);
  await expectUnread(other, 0);
  await bell(other).click();
  await other.getByRole("button", { name: "Mark unread: Read me" }).click();
  await expectUnread(one, 1);
});

test("people hear of their own alerts only", async ({ server, signIn }) => {
  const [one, other] = [await signIn(ada), await signIn(grace)];
  await server.raise({ recipientId: "grace", title: "For Grace" });
  await server.raise({ recipientId: "ada", title: "For Ada" });
  await expectUnread(one, 1);
  await expectUnread(other, 1);
  await expect(titles(one)).toHaveText([/For Ada/]);
  await expect(titles(other)).toHaveText([/For Grace/]);
});

test("alerts raised while the server is down arrive once when it is back", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const expectSameLoad = await markPage(page);
  await server.raise({ recipientId: "ada", title: "Before" });
  await expectUnread(page, 1);
  await server.stop();
  await bell(page).click();
  await expect(page.getByText("Not live. Reconnecting…")).toBeVisible();
  server.command("alert", "send", "--to", "ada", "--kind", "test", "--title", "Meanwhile one");
  server.command("alert", "send", "--to", "ada", "--kind", "test", "--title", "Meanwhile two");
  await server.resume();
  await expectUnread(page, 3);
  await expect(titles(page)).toHaveText([/Meanwhile two/, /Meanwhile one/, /Before/]);
  await expect(page.getByText("Not live. Reconnecting…")).toBeHidden();
  await expectSameLoad();
});

test("an alert from the command line rings a running server's bells", async ({ server, signIn }) => {
  const page = await signIn(ada);
  server.command("alert", "send", "--to", "ada", "--kind", "test", "--title", "From a shell");
  await expectUnread(page, 1);
});

test("mark all read reads what was there", async ({ server, signIn }) => {
  for (const title of ["One", "Two", "Three"]) await server.raise({ recipientId: "ada", title });
  const page = await signIn(ada);
  await expectUnread(page, 3);
  await bell(page).click();
  await page.getByRole("button", { name: "Mark all read" }).click();
  await expectUnread(page, 0);
  await expect(page.locator("li.alert.unread")).toHaveCount(0);
});

test("older alerts are loaded on demand, each once and in order", async ({ server, signIn }) => {
  for (let number = 1; number <= 25; number += 1) await server.raise({ recipientId: "ada", title: `Alert ${number}` });
  const page = await signIn(ada);
  await bell(page).click();
  await expect(rows(page)).toHaveCount(20);
  await page.getByRole("link", { name: "Load more" }).click();
  await expect(rows(page)).toHaveCount(25);
  const expected = Array.from({ length: 25 }, (_, index) => new RegExp(`Alert ${25 - index}$`));
  await expect(titles(page)).toHaveText(expected);
  await expect(page.getByRole("link", { name: "Load more" })).toBeHidden();
});

test("following an alert's link reads it", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "Go there", link: "/nowhere" });
  const page = await signIn(ada);
  const other = await page.context().newPage();
  await other.goto(server.url);
  await bell(page).click();
  await page.getByRole("link", { name: "Go there" }).click();
  await expect(page).toHaveURL(`${server.url}/nowhere`);
  await expectUnread(other, 0);
});

test("the panel rings another person's bell", async ({ signIn }) => {
  const [one, other] = [await signIn(ada), await signIn(grace)];
  await one.getByLabel("To").selectOption({ label: "Grace Murray" });
  await one.getByLabel("Title").fill("Lunch?");
  await one.getByRole("button", { name: "Raise alert" }).click();
  await expect(one.getByText("Look at Grace Murray")).toBeVisible();
  await expectUnread(other, 1);
  await expect(titles(other)).toHaveText([/Lunch\?/]);
  await expect(other.locator(".alert-meta")).toContainText("Ada Byron");
});

test("an alert that falls due leaves the open list", async ({ server, signIn }) => {
  const page = await signIn(ada);
  await server.raise({ recipientId: "ada", title: "Stays" });
  const expiresAt = new Date(Date.now() + 4_000).toISOString();
  await server.raise({ recipientId: "ada", title: "Goes", expiresAt });
  await expectUnread(page, 2);
  await expectUnread(page, 1);
  await expect(titles(page)).toHaveText([/Stays/]);
});

test("the bell works by keyboard, and Escape gives the focus back", async ({ server, signIn }) => {
  await server.raise({ recipientId: "ada", title: "By key" });
  const page = await signIn(ada);
  await expectUnread(page, 1);
  await tabTo(bell(page));
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Notifications" })).toBeVisible();
  await tabTo(page.getByRole("button", { name: "Mark read: By key" }));
  await page.keyboard.press("Enter");
  await expectUnread(page, 0);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("heading", { name: "Notifications" })).toBeHidden();
  await expect(bell(page)).toBeFocused();
});

test("signing out in one tab ends the other tab's bell", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const other = await page.context().newPage();
  await other.goto(server.url);
  await server.raise({ recipientId: "ada", title: "Still here" });
  await expectUnread(other, 1);
  await page.getByRole("button", { name: "Sign out" }).click();
  await bell(other).click();
  await expect(other.getByText("You are signed out.")).toBeVisible();
});

test("text of an alert is text, whatever it says", async ({ server, signIn }) => {
  const title = `<img src=x onerror="document.title='owned'"> & <b>bold</b>`;
  await server.raise({ recipientId: "ada", title });
  const page = await signIn(ada);
  await server.raise({ recipientId: "ada", title, body: "<script>document.title='owned'</script>" });
  await expectUnread(page, 2);
  await bell(page).click();
  await expect(titles(page).first()).toContainText(title);
  await expect(page.locator("ul.alerts img, ul.alerts b, ul.alerts script")).toHaveCount(0);
});
