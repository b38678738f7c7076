// A page renews its right to a socket before that ends: the new socket first, then the old one goes.

import type { WebSocketRoute } from "@playwright/test";
import { ada, bell, expect, expectUnread, test, titles } from "./house.ts";

test("a page renews its socket, and nobody who looks at it sees that", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const [events, acknowledged]: [string[], WebSocketRoute[]] = [[], []];
  await page.routeWebSocket("**/graphql/ws", (socket) => {
    const [to, number] = [socket.connectToServer(), acknowledged.length];
    to.onMessage((message) => {
      const { type } = JSON.parse(message.toString());
      if (type !== "connection_ack") return socket.send(message);
      acknowledged.push(socket);
      events.push(`let in ${number}`);
      // The first one has three seconds, the one after it all the time in the world.
      const payload = number === 0 ? { expiresIn: 3 } : undefined;
      socket.send(JSON.stringify({ type, payload }));
    });
    let open = true;
    socket.onClose((code, reason) => {
      // Whoever drops a closed socket closes it once more.
      if (open) events.push(`closed ${number} with ${code}`);
      open = false;
      to.close({ code, reason });
    });
  });
  await page.reload();
  await bell(page).click();
  await expect.poll(() => acknowledged.length).toBe(1);
  await page.evaluate(() => {
    const said: string[] = [];
    const banners = [...document.querySelectorAll<HTMLElement>(".banner")];
    const note = () => said.push(...banners.filter((banner) => !banner.hidden).map((banner) => banner.innerText));
    for (const banner of banners) {
      new MutationObserver(note).observe(banner, { attributes: true, childList: true, characterData: true, subtree: true });
    }
    Object.assign(window, { said });
  });
  await server.raise({ recipientId: "ada", title: "Before" });
  await expectUnread(page, 1);
  await expect.poll(() => events).toEqual(["let in 0", "let in 1", "closed 0 with 1000"]);
  await server.raise({ recipientId: "ada", title: "After" });
  await expectUnread(page, 2);
  await expect(titles(page)).toHaveText([/After$/, /Before$/]);
  expect(await page.evaluate(() => "said" in window && window.said)).toEqual([]);
});
