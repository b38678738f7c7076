// The neighbour: a NestJS gateway on `graphql-redis-subscriptions`, on one Redis with Belfry.

import { type Client, createClient } from "graphql-ws";
import { Redis } from "ioredis";
import WebSocket from "ws";
import { resolve } from "node:path";
import { ada, bell, test as base, expect, expectUnread, titles } from "./house.ts";
import { Server, freePort } from "./server.ts";
import { end, start } from "./started.ts";

interface Neighbourhood {
  redis: string;
  gateway: Gateway;
}

const test = base.extend<Neighbourhood>({
  redis: async ({}, use) => {
    const port = String(await freePort());
    const words = ["--port", port, "--bind", "127.0.0.1", "--save", ""];
    const { process } = await start("redis-server", words, /Ready to accept connections/);
    await use(`redis://127.0.0.1:${port}`);
    await end(process);
  },
  server: async ({ redis }, use) => {
    const server = await Server.start({ REDIS_URL: redis, BELFRY_BRIDGE: "on" });
    await use(server);
    await server.end();
  },
  // After Belfry, of whose bridge it has need.
  gateway: async ({ redis, server: _ }, use) => {
    const cwd = resolve(import.meta.dirname, "../gateway");
    const tsx = resolve(cwd, "node_modules/.bin/tsx");
    const { process, said } = await start(tsx, ["gateway.ts"], /^http:.*$/, { cwd, env: { REDIS_URL: redis } });
    const gateway = new Gateway(said[0], redis);
    await gateway.bridged();
    await use(gateway);
    await gateway.leave();
    await end(process);
  },
});

/** A client of the gateway, for Ada. */
class Gateway {
  readonly heard: Record<string, unknown>[] = [];
  private readonly client: Client;
  private readonly redis: Redis;

  constructor(private readonly url: string, redis: string) {
    this.client = createClient({ url: `${url.replace("http", "ws")}/graphql`, webSocketImpl: WebSocket });
    this.redis = new Redis(redis);
  }

  /** Waits until Belfry listens: the bridge hears what is published from then on. */
  async bridged(): Promise<void> {
    await expect.poll(() => this.redis.pubsub("NUMPAT")).toBe(2);
  }

  /** Subscribes, and waits until the gateway has told Redis of it. */
  async subscribe(field: string): Promise<void> {
    const query = `subscription { ${field}(userId: "ada") { id title } }`;
    this.client.subscribe({ query }, {
      next: ({ data }) => void this.heard.push({ ...data }),
      error: (error) => void this.heard.push({ error }),
      complete: () => {},
    });
    await expect.poll(() => this.redis.pubsub("NUMSUB", `${field}-ada`)).toEqual([`${field}-ada`, 1]);
  }

  async mutate(mutation: string): Promise<void> {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ query: `mutation { ${mutation} }` });
    const answer = await (await fetch(`${this.url}/graphql`, { method: "POST", headers, body })).json();
    expect(answer.errors).toBeUndefined();
  }

  addAlert(id: string, title: string): Promise<void> {
    return this.mutate(`addAlert(userId: "ada", id: "${id}", kind: "order", title: "${title}")`);
  }

  async leave(): Promise<void> {
    this.redis.disconnect();
    await this.client.dispose();
  }
}

test("an alert raised in Belfry reaches the gateway's client, once", async ({ gateway, server }) => {
  await gateway.subscribe("alertAdded");
  const one = await server.raise({ recipientId: "ada", title: "From Belfry" });
  const other = await server.raise({ recipientId: "ada", title: "And another" });
  await expect.poll(() => gateway.heard).toHaveLength(2);
  expect(gateway.heard).toEqual([
    { alertAdded: { id: one, title: "From Belfry" } },
    { alertAdded: { id: other, title: "And another" } },
  ]);
});

test("an alert that the gateway publishes rings the bell, and what is read there the gateway hears by its own id", async ({ gateway, signIn }) => {
  await gateway.subscribe("alertRead");
  const page = await signIn(ada);
  await gateway.addAlert("order-17", "Your order is on its way");
  await expectUnread(page, 1);
  await expect(titles(page)).toHaveText([/Your order is on its way/]);
  await bell(page).click();
  await page.screenshot({ path: "screenshots/neighbour.png", animations: "disabled" });
  await page.getByRole("button", { name: "Mark read: Your order is on its way" }).click();
  await expectUnread(page, 0);
  await expect.poll(() => gateway.heard).toHaveLength(1);
  expect(gateway.heard[0]).toMatchObject({ alertRead: { id: "order-17" } });
});

test("what is read at the gateway is read in the bell", async ({ gateway, server, signIn }) => {
  await gateway.subscribe("alertAdded");
  const page = await signIn(ada);
  await gateway.addAlert("order-18", "Theirs");
  await expectUnread(page, 1);
  await gateway.mutate(`readAlert(userId: "ada", id: "order-18")`);
  await expectUnread(page, 0);
  const ours = await server.raise({ recipientId: "ada", title: "Ours" });
  await expectUnread(page, 1);
  await gateway.mutate(`readAlert(userId: "ada", id: "${ours}")`);
  await expectUnread(page, 0);
});

test("what the gateway published Belfry does not publish again", async ({ gateway, redis, server, signIn }) => {
  const page = await signIn(ada);
  const ear = new Redis(redis);
  const heard: string[] = [];
  ear.on("pmessage", (_pattern, channel, text) => {
    const [alert] = Object.values(JSON.parse(text)) as { id: string; title?: string }[];
    heard.push(`${channel} ${alert.title ?? alert.id}`);
  });
  await ear.psubscribe("alert*");
  await gateway.addAlert("order-19", "Theirs");
  await expectUnread(page, 1);
  await gateway.mutate(`readAlert(userId: "ada", id: "order-19")`);
  await expectUnread(page, 0);
  // What Belfry publishes it publishes in order: nothing of the above can come after this.
  await server.raise({ recipientId: "ada", title: "Ours" });
  const expected = ["alertAdded-ada Theirs", "alertRead-ada order-19", "alertAdded-ada Ours"];
  await expect.poll(() => heard).toContain(expected[2]);
  expect(heard).toEqual(expected);
  ear.disconnect();
});
