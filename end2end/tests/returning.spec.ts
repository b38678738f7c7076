// A page that was away comes back when something tells it to: its timers stand still in these tests.

import type { Page, WebSocket } from "@playwright/test";
import { ada, expect, expectUnread, look, stopTimers, test } from "./house.ts";
import type { Server } from "./server.ts";

/** Stops a page's timers, and waits until it hears of alerts; gives the socket by which it does. */
async function live(page: Page, server: Server): Promise<WebSocket> {
  const sockets: WebSocket[] = [];
  page.on("websocket", (socket) => sockets.push(socket));
  await stopTimers(page);
  await server.raise({ recipientId: "ada", title: "Live" });
  await expectUnread(page, 1);
  return sockets[sockets.length - 1];
}

/** Leaves a live page without its server for a moment; gives the sockets it opens after that. */
async function interrupt(page: Page, server: Server): Promise<WebSocket[]> {
  const closed = (await live(page, server)).waitForEvent("close");
  await server.stop();
  await closed;
  await server.resume();
  await server.raise({ recipientId: "ada", title: "Meanwhile" });
  const opened: WebSocket[] = [];
  page.on("websocket", (socket) => opened.push(socket));
  return opened;
}

test("a page comes back at once when the machine is online again", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const opened = await interrupt(page, server);
  await page.context().setOffline(true);
  expect(opened).toHaveLength(0);
  await page.context().setOffline(false);
  await expectUnread(page, 2);
});

test("a page comes back at once when it is looked at, and not when it is hidden", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const opened = await interrupt(page, server);
  await look(page, true);
  expect(opened).toHaveLength(0);
  await look(page, false);
  await expectUnread(page, 2);
});

test("a page that slept with a dead socket makes a new one when it is looked at", async ({ server, signIn }) => {
  const page = await signIn(ada);
  await live(page, server);
  await page.clock.setSystemTime(Date.now() + 3_600_000);
  const anew = page.waitForEvent("websocket");
  await look(page, false);
  await anew;
  await server.raise({ recipientId: "ada", title: "Good morning" });
  await expectUnread(page, 2);
});

test("a page that is left closes its socket, and shown again it has one", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const closed = (await live(page, server)).waitForEvent("close");
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pagehide", { persisted: true })));
  await closed;
  await server.raise({ recipientId: "ada", title: "Meanwhile" });
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent("pageshow", { persisted: true })));
  await expectUnread(page, 2);
});
