// GraphiQL in demo mode: it starts, it works, and it needs no other host.

import type { Page } from "@playwright/test";
import { ada, expect, test } from "./house.ts";

/** Runs an operation in a tab of its own, once the tab wears its name: then GraphiQL has read it. */
async function run(page: Page, name: string, operation: string): Promise<void> {
  await page.getByRole("button", { name: "Add tab" }).click();
  await page.getByRole("region", { name: "Query Editor" }).locator(".CodeMirror").click();
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.insertText(operation);
  await expect(page.getByRole("tab", { name })).toBeVisible();
  await page.getByRole("button", { name: "Execute query" }).click();
}

/** Everything a page asks of others than its own server, from now on. */
function asksElsewhere(page: Page, url: string): string[] {
  const { host } = new URL(url);
  const elsewhere: string[] = [];
  const note = (asked: { url(): string }) => {
    const { protocol, host: theirs } = new URL(asked.url());
    if (protocol !== "data:" && theirs !== host) elsewhere.push(asked.url());
  };
  page.on("request", note);
  page.on("websocket", note);
  return elsewhere;
}

test("GraphiQL asks and listens, and no request leaves the host", async ({ server, signIn }) => {
  const page = await signIn(ada);
  const elsewhere = asksElsewhere(page, server.url);
  await page.goto(`${server.url}/graphiql`);
  const said = page.getByRole("region", { name: "Result Window" });
  await run(page, "Who", "query Who { viewer { name } }");
  await expect(said).toContainText('"name": "Ada Byron"');
  const event = "... on InboxReset { unreadCount } ... on AlertChanged { unreadCount alert { title } }";
  await run(page, "Listen", `subscription Listen { inboxChanged { ${event} } }`);
  await expect(said).toContainText('"unreadCount": 0');
  await server.raise({ recipientId: "ada", title: "Heard in GraphiQL" });
  await expect(said).toContainText('"title": "Heard in GraphiQL"');
  expect(elsewhere).toEqual([]);
});
