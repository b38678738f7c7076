import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { brotliCompressSync } from "node:zlib";
import type { Request } from "@playwright/test";
import { ada, expect, test } from "./house.ts";
import { site } from "./server.ts";

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

test("the code of the page with the bell weighs at most 130 kB on the wire", async ({ browser, server, signIn }) => {
  const storageState = await (await signIn(ada)).context().storageState();
  const context = await browser.newContext({ storageState });
  const page = await context.newPage();
  const code: Request[] = [];
  page.on("requestfinished", (request) => void (/\.(js|wasm)$/.test(request.url()) && code.push(request)));
  const live = page.waitForEvent("websocket");
  await page.goto(server.url);
  await live;
  const answers = await Promise.all(code.map(async (file) => (await file.response())!));
  const encodings = await Promise.all(answers.map((answer) => answer.headerValue("content-encoding")));
  const least = sum((await Promise.all(answers.map((answer) => answer.body()))).map((body) => brotliCompressSync(body).length));
  const wire = sum((await Promise.all(code.map((file) => file.sizes()))).map((sizes) => sizes.responseBodySize));
  await context.close();
  expect(encodings).toEqual(["br", "br"]);
  expect(least).toBeGreaterThan(50_000);
  expect(least).toBeLessThanOrEqual(130_000);
  // `make build` leaves files compressed beside the built ones; without them the server takes less trouble.
  const prepared = readdirSync(resolve(site, "pkg")).some((name) => name.endsWith(".wasm.br"));
  expect(wire).toBeLessThanOrEqual(prepared ? 130_000 : 1.3 * least);
});
