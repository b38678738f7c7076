// A page that the browser stops, and one that is left for another and gone back to.

import { chromium } from "@playwright/test";
import { ada, bell, expect, expectUnread, test, titles } from "./house.ts";

test("a frozen tab is right when it is thawed", async ({ server, signIn }) => {
  const page = await signIn(ada);
  await server.raise({ recipientId: "ada", title: "Before" });
  await expectUnread(page, 1);
  const browser = await page.context().newCDPSession(page);
  await browser.send("Page.setWebLifecycleState", { state: "frozen" });
  for (const title of ["First", "Second"]) await server.raise({ recipientId: "ada", title });
  await server.stop();
  await server.resume();
  await server.raise({ recipientId: "ada", title: "Third" });
  await browser.send("Page.setWebLifecycleState", { state: "active" });
  await expectUnread(page, 4);
  await bell(page).click();
  await expect(titles(page)).toHaveText([/Third$/, /Second$/, /First$/, /Before$/]);
});

test("a page that is gone back to is right, whether or not the browser has kept it", async ({ server }, info) => {
  // By itself the test runner forbids that it is kept.
  const options = { ...info.project.use.launchOptions, ignoreDefaultArgs: ["--disable-back-forward-cache"] };
  const browser = await chromium.launch(options);
  const page = await browser.newPage();
  await page.goto(`${server.url}/login`);
  await page.getByRole("button", { name: ada }).click();
  await server.raise({ recipientId: "ada", title: "Before" });
  await expectUnread(page, 1);
  await page.goto(`${server.url}/healthz`);
  await server.raise({ recipientId: "ada", title: "Meanwhile" });
  await page.goBack();
  await expectUnread(page, 2);
  await server.raise({ recipientId: "ada", title: "After" });
  await expectUnread(page, 3);
  await browser.close();
});
