// `make cluster`: three nodes behind a balancer, with a PostgreSQL and a Redis of their own.

import { type ChildProcess, execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import type { Page } from "@playwright/test";
import { ada, bell, test as base, expect, expectUnread, grace, titles } from "./house.ts";
import { start } from "./started.ts";

interface Cluster {
  script: ChildProcess;
  /** The balancer's port; the nodes have the next three. */
  port: number;
  /** Everything that it started. */
  processes: number[];
  folder: string;
}

const test = base.extend<{ cluster: Cluster }>({
  cluster: async ({}, use) => {
    const port = await freeRow();
    const script = resolve(import.meta.dirname, "../../deploy/cluster");
    const { process: child } = await start(script, [String(port)], /Ctrl-C ends/, { detached: true });
    try {
      const processes = descendants(child.pid!);
      const postgres = processes.map(commandLine).find((words) => words[0]?.endsWith("/postgres"))!;
      const folder = resolve(postgres[postgres.indexOf("-D") + 1], "..");
      await use({ script: child, port, processes, folder });
    } finally {
      await interrupt(child);
    }
  },
});

/** The first of four free ports in a row: below those that the system gives to clients, and no other worker's. */
async function freeRow(): Promise<number> {
  const { parallelIndex, config } = test.info();
  for (;;) {
    const row = Math.floor(Math.random() * 1_000) * config.workers + parallelIndex;
    const port = 10_000 + 4 * row;
    const taken = await Promise.all([0, 1, 2, 3].map((next) => isOpen(port + next)));
    if (!taken.includes(true)) return port;
  }
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = createConnection({ host: "127.0.0.1", port });
    socket.once("connect", () => (socket.destroy(), answer(true)));
    socket.once("error", () => answer(false));
  });
}

/** How a process was called; empty when it has ended. */
function commandLine(pid: number): string[] {
  return look(`/proc/${pid}/cmdline`).split("\0").filter(Boolean);
}

function look(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The processes that a process started, and those that they started. */
function descendants(pid: number): number[] {
  const parents = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((name) => {
    return [Number(name), Number(look(`/proc/${name}/status`).match(/^PPid:\s+(\d+)/m)?.[1])];
  });
  const children = parents.filter(([, parent]) => parent === pid).map(([child]) => child);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Ctrl-C, as a terminal sends it: to all that were started from it. */
async function interrupt(script: ChildProcess): Promise<number | null> {
  if (script.exitCode !== null) return script.exitCode;
  const ended = new Promise<number | null>((exit) => script.once("exit", exit));
  process.kill(-script.pid!, "SIGINT");
  return ended;
}

async function enter(page: Page, port: number, name: RegExp): Promise<void> {
  await page.goto(`http://127.0.0.1:${port}/login`);
  await page.getByRole("button", { name }).click();
  await expect(bell(page)).toBeVisible();
}

async function ring(page: Page, name: string, title: string): Promise<void> {
  await page.getByLabel("To").selectOption({ label: name });
  await page.getByLabel("Title").fill(title);
  await page.getByRole("button", { name: "Raise alert" }).click();
  await expect(page.getByText("Raised.")).toBeVisible();
}

test("an alert raised on one node rings on another and behind the balancer", async ({ browser, cluster }) => {
  const [here, context] = [await browser.newPage(), await browser.newContext()];
  const [there, balanced] = [await context.newPage(), await context.newPage()];
  await enter(here, cluster.port + 1, grace);
  await enter(there, cluster.port + 2, ada);
  // Who is signed in on one node is signed in on all of them.
  await balanced.goto(`http://127.0.0.1:${cluster.port}`);
  await ring(here, "Ada Byron", "From the first node");
  await expectUnread(there, 1);
  await expectUnread(balanced, 1);
  await bell(there).click();
  await expect(titles(there)).toHaveText([/From the first node/]);
  await there.screenshot({ path: "screenshots/cluster.png", animations: "disabled" });
  await there.getByRole("button", { name: "Mark read: From the first node" }).click();
  await expectUnread(balanced, 0);
  await Promise.all([here, there].map((page) => page.context().close()));
});

test("the panel's command line rings the bell as it stands", async ({ cluster, page }) => {
  await enter(page, cluster.port, ada);
  const command = (await page.locator("pre code").textContent())!;
  // Anywhere, and with no settings but its own.
  execFileSync("sh", ["-c", command], { cwd: tmpdir(), env: {} });
  await expectUnread(page, 1);
});

test("a bell behind the balancer is back on another node when its own dies", async ({ browser, cluster }) => {
  const [page, other] = [await browser.newPage(), await browser.newPage()];
  const nodes: string[] = [];
  const wire = await page.context().newCDPSession(page);
  await wire.send("Network.enable");
  wire.on("Network.webSocketHandshakeResponseReceived", ({ response }) => void nodes.push(response.headers["x-node"]));
  await enter(page, cluster.port, ada);
  await expect.poll(() => nodes).toHaveLength(1);
  const served = Number(nodes[0].at(-1));
  await enter(other, cluster.port + (served % 3) + 1, grace);
  await ring(other, "Ada Byron", "Before");
  await expectUnread(page, 1);
  process.kill(nodeOf(cluster, served), "SIGKILL");
  await ring(other, "Ada Byron", "Meanwhile");
  await expectUnread(page, 2);
  await expect(titles(page)).toHaveText([/Meanwhile/, /Before/]);
  await expect.poll(() => nodes.length).toBeGreaterThan(1);
  expect(nodes.at(-1)).not.toBe(nodes[0]);
  await Promise.all([page, other].map((page) => page.context().close()));
});

/** The process of a node: they were started in their order. */
function nodeOf(cluster: Cluster, number: number): number {
  const serving = cluster.processes.filter((pid) => commandLine(pid)[1] === "serve");
  return serving.sort((one, other) => one - other)[number - 1];
}

test("Ctrl-C ends a cluster and leaves nothing of it", async ({ cluster }) => {
  const ports = [0, 1, 2, 3].map((next) => cluster.port + next);
  expect(await Promise.all(ports.map(isOpen))).toEqual([true, true, true, true]);
  expect(cluster.processes.length).toBeGreaterThanOrEqual(6);
  expect(await interrupt(cluster.script)).toBe(0);
  expect(await Promise.all(ports.map(isOpen))).toEqual([false, false, false, false]);
  await expect.poll(() => cluster.processes.flatMap(commandLine)).toEqual([]);
  expect(existsSync(cluster.folder)).toBe(false);
});
