import type { Request } from "@playwright/test";
import { ada, expect, test } from "./house.ts";

test("the code of the page with the bell weighs at most 120 kB on the wire", async ({ browser, server, signIn }) => {
  const storageState = await (await signIn(ada)).context().storageState();
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  const code: Request[] = [];
  page.on("requestfinished", (request) => void (/\.(js|wasm)$/.test(request.url()) && code.push(request)));
  const live = page.waitForEvent("websocket");
  await page.goto(server.url);
  await live;
  const encodings = await Promise.all(code.map(async (file) => (await file.response())?.headerValue("content-encoding")));
  const sizes = await Promise.all(code.map((file) => file.sizes()));
  await context.close();
  expect(encodings).toEqual(["br", "br"]);
  const weight = sizes.reduce((sum, { responseBodySize }) => sum + responseBodySize, 0);
  expect(weight).toBeGreaterThan(50_000);
  expect(weight).toBeLessThanOrEqual(120_000);
});
