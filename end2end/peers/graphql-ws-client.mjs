// A stranger to Belfry's socket: the npm client `graphql-ws` runs one of everything and prints what it got.
// Usage: node graphql-ws-client.mjs ws://127.0.0.1:PORT/graphql/ws

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

let pinged;
let closed;
const pong = new Promise((resolve) => (pinged = resolve));
const goodbye = new Promise((resolve) => (closed = resolve));

const client = createClient({
  url: process.argv[2],
  webSocketImpl: WebSocket,
  lazy: false,
  keepAlive: 100,
  retryAttempts: 0,
  onNonLazyError: fail,
  on: { pong: () => pinged(), closed: (event) => closed(event) },
});

function fail(error) {
  console.error(error);
  process.exit(1);
}

/** Runs an operation to its end: what it gave, and how it ended. */
function run(query, variables) {
  const heard = [];
  return new Promise((resolve) => {
    client.subscribe(
      { query, variables },
      {
        next: (result) => heard.push(JSON.stringify(result)),
        error: (errors) => resolve(['error', ...[].concat(errors).map((error) => error.message)].join(' ')),
        complete: () => resolve([...heard, 'complete'].join(' ')),
      },
    );
  });
}

/** Starts a subscription without end and completes it from this side. */
function dispose() {
  return new Promise((resolve, reject) => {
    const stop = client.subscribe(
      { query: 'subscription { hot(bytes: 1) }' },
      { next: () => stop(), error: reject, complete: () => resolve('complete') },
    );
  });
}

console.log('query', await run('{ hello }'));
console.log('mutation', await run('mutation ($number: Int!) { double(number: $number) }', { number: 21 }));
console.log('subscription', await run('subscription { count(to: 3) }'));
console.log('invalid', await run('{ nothing }'));
console.log('disposed', await dispose());
const several = await Promise.all([0, 1, 2].map(() => run('subscription { count(to: 2) }')));
several.forEach((told, number) => console.log('at once', number, told));
await pong;
console.log('ping answered');
client.dispose();
console.log('closed', (await goodbye).code);
