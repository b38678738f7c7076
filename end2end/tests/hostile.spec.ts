// Text that would be more than text, told to a page that is open and to one that is loaded: nothing runs,
// nothing is asked of anybody else, and the content security policy has nothing to stop.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { ada, bell, expect, expectUnread, rows, test, titles } from "./house.ts";

interface Corpus {
  texts: string[];
  links: string[];
}

const file = join(import.meta.dirname, "../../src/tests/corpora/hostile.json");
const { texts, links }: Corpus = JSON.parse(readFileSync(file, "utf8"));

/** What an attack would leave: dialogs, requests to others, violations of the policy. */
async function watch(page: Page, host: string): Promise<() => Promise<string[]>> {
  const signs: string[] = [];
  page.on("dialog", async (dialog) => {
    signs.push(`dialog ${dialog.message()}`);
    await dialog.dismiss();
  });
  page.on("request", (request) => {
    if (new URL(request.url()).host !== host) signs.push(`request ${request.url()}`);
  });
  page.on("framenavigated", (frame) => {
    if (new URL(frame.url()).host !== host) signs.push(`navigation ${frame.url()}`);
  });
  await page.addInitScript(() => {
    const stopped: string[] = [];
    Object.assign(window, { stopped });
    addEventListener("securitypolicyviolation", (event) => stopped.push(`${event.violatedDirective} ${event.blockedURI}`));
  });
  await page.reload();
  return async () => {
    const left = await page.evaluate(() => {
      const { stopped, hit } = window as unknown as { stopped: string[]; hit?: number };
      return hit === undefined ? stopped : [...stopped, "a script of an alert ran"];
    });
    return [...signs, ...left];
  };
}

/** The elements that a row is made of. */
function elements(page: Page): Promise<string[]> {
  return rows(page).evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll("*")].map((element) => `${element.tagName} ${element.getAttributeNames()}`).join("\n")),
  );
}

test("whatever an alert says is text on a page that is open, and on one that is loaded", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const signs = await watch(page, new URL(server.url).host);
  await bell(page).click();
  await server.raise({ recipientId: "ada", title: "Hello", body: "Hello", actor: { name: "Hello" } });
  await expectUnread(page, 1);
  for (const text of texts) {
    await server.raise({ recipientId: "ada", title: text, body: text, kind: text.slice(0, 60), actor: { id: "x", name: text }, data: { [text]: text } });
  }
  await expectUnread(page, texts.length + 1);
  const said = page.getByRole("status").filter({ hasText: "unread." });
  await expect(said.first()).toHaveText(/^\d+ new notifications?, \d+ unread\.$/);
  const newest = [...texts].reverse();
  for (const load of ["live", "reloaded"]) {
    if (load === "reloaded") {
      await page.goto(`${server.url}/?pages=3`);
    }
    await expect(titles(page)).toHaveCount(texts.length + 1);
    const shown = await titles(page).allTextContents();
    expect(shown.map((title) => title.replace(/^Unread: /, ""))).toEqual([...newest, "Hello"]);
    expect(await page.locator("p.alert-body").allTextContents()).toEqual([...newest, "Hello"]);
    expect(new Set(await elements(page)).size).toBe(1);
    expect(await signs()).toEqual([]);
  }
});

test("a link leads where its text says and an image comes from nowhere else", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const host = new URL(server.url).host;
  const own = links.filter((link) => link.startsWith("/"));
  const signs = await watch(page, host);
  await bell(page).click();
  for (const link of own) await server.raise({ recipientId: "ada", title: link, link, actor: { name: "Grace", avatarUrl: link } });
  await expectUnread(page, own.length);
  const places = await titles(page).locator("a").evaluateAll((all) => all.map((a) => [a.getAttribute("href"), (a as HTMLAnchorElement).host]));
  expect(places).toEqual([...own].reverse().map((link) => [link, host]));
  expect(await signs()).toEqual([]);
});
