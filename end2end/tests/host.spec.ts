// The example of a host application, in a browser.

import { resolve } from "node:path";
import { test as base, expect } from "./house.ts";
import { Server, freePort } from "./server.ts";
import { end, start } from "./started.ts";

const secret = "what the host and the tower share";

const test = base.extend<{ port: number; host: string }>({
  port: async ({}, use) => use(await freePort()),
  server: async ({ port }, use) => {
    const server = await Server.start({ BELFRY_JWT_SECRET: secret, BELFRY_ORIGINS: `http://127.0.0.1:${port}` });
    await use(server);
    await server.end();
  },
  host: async ({ server, port }, use) => {
    const script = resolve(import.meta.dirname, "../../examples/host/server.mjs");
    const env = { BELFRY_URL: server.url, BELFRY_JWT_SECRET: secret };
    const { process, said } = await start("node", [script, `${port}`], /^http:.*$/, { env });
    await use(said[0]);
    await end(process);
  },
});

test("a host application's page follows its user's inbox, and after a break goes on where it was", async ({ host, page, server }) => {
  const asked: string[] = [];
  page.on("websocket", (socket) =>
    socket.on("framesent", ({ payload }) => void (`${payload}`.includes("subscribe") && asked.push(`${payload}`))),
  );
  await page.goto(host);
  const unread = page.locator("#unread");
  await expect(unread).toHaveText("0");
  await server.raise({ recipientId: "ada", title: "Your export is ready" });
  await expect(unread).toHaveText("1");
  await expect(page.locator("#latest")).toHaveText("Your export is ready");
  await page.screenshot({ path: "screenshots/host.png" });
  await server.stop();
  server.command("alert", "send", "--to", "ada", "--kind", "test", "--title", "Meanwhile");
  await server.resume();
  await expect(unread).toHaveText("2");
  await expect(page.locator("#latest")).toHaveText("Meanwhile");
  const positions = asked.map((frame) => JSON.parse(frame).payload.variables.after);
  expect(positions).toEqual([null, expect.any(String)]);
});
