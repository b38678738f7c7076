// A server of a test's own: the release binary on a free port, over a database that is gone after.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const program = process.env.BELFRY_BIN ?? resolve(import.meta.dirname, "../../target/release/belfry");
export const site = process.env.BELFRY_SITE ?? resolve(import.meta.dirname, "../../target/site");

const create = `mutation ($input: CreateAlertInput!) {
  createAlert(input: $input) { alert { id } problem { field message } }
}`;

export interface Fields {
  recipientId: string;
  title: string;
  kind?: string;
  [field: string]: unknown;
}

export class Server {
  private constructor(
    readonly url: string,
    private readonly folder: string,
    private readonly environment: Record<string, string>,
    private readonly token: string,
    private process?: ChildProcess,
  ) {}

  /** With settings of its own, by the names of their variables. */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "belfry-"));
    const address = `127.0.0.1:${await freePort()}`;
    const environment = {
      ...process.env as Record<string, string>,
      BELFRY_MODE: "demo",
      DATABASE_URL: `sqlite://${folder}/belfry.db`,
      LEPTOS_SITE_ADDR: address,
      LEPTOS_SITE_ROOT: site,
      ...settings,
    };
    const token = run(environment, "token", "create", "--name", "end2end");
    const server = new Server(`http://${address}`, folder, environment, token);
    await server.resume();
    return server;
  }

  /** Starts the process, and waits until it can be used. */
  async resume(): Promise<void> {
    const child = spawn(program, ["serve"], { env: this.environment, stdio: ["ignore", "ignore", "inherit"] });
    this.process = child;
    let exited = false;
    child.once("exit", () => (exited = true));
    while (!(await this.isReady())) {
      if (exited) throw new Error("the server did not start");
      await new Promise((retry) => setTimeout(retry, 50));
    }
  }

  /** Ends the process as an operator would, and waits for that. */
  async stop(): Promise<void> {
    const child = this.process;
    if (!child || child.exitCode !== null) return;
    const gone = new Promise((exit) => child.once("exit", exit));
    child.kill("SIGTERM");
    await gone;
  }

  async end(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Raises an alert as any program does: over HTTP, with a publisher's token. */
  async raise(fields: Fields): Promise<string> {
    const response = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${this.token}` },
      body: JSON.stringify({ query: create, variables: { input: { kind: "test", ...fields } } }),
    });
    const { data } = await response.json();
    if (!data?.createAlert?.alert) throw new Error(`not raised: ${JSON.stringify(data)}`);
    return data.createAlert.alert.id;
  }

  /** Runs the command line on this server's database, whether or not the server runs. */
  command(...words: string[]): string {
    return run(this.environment, ...words);
  }

  private async isReady(): Promise<boolean> {
    return fetch(`${this.url}/readyz`).then((response) => response.ok, () => false);
  }
}

function run(environment: Record<string, string>, ...words: string[]): string {
  return execFileSync(program, words, { env: environment, encoding: "utf8" }).trim();
}

export function freePort(): Promise<number> {
  return new Promise((found) => {
    const probe = createServer().listen(0, "127.0.0.1", () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => found(port));
    });
  });
}
