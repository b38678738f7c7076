// How the npm client `graphql-ws` sees sockets that Belfry closes on purpose.
// Usage: node graphql-ws-closed.mjs ws://127.0.0.1:PORT/graphql/ws

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** Runs a subscription as somebody until its socket is closed: the code and the reason. */
function closing(who, query) {
  return new Promise((resolve, reject) => {
    const client = createClient({
      url: process.argv[2],
      webSocketImpl: WebSocket,
      connectionParams: { as: who },
      retryAttempts: 0,
    });
    client.subscribe(
      { query },
      {
        next: () => {},
        error: (event) => resolve(`${event.code} ${event.reason}`),
        complete: () => reject(new Error('completed')),
      },
    );
  });
}

console.log('refused', await closing('intruder', 'subscription { never }'));
console.log('ousted', await closing('somebody', 'subscription { ousted }'));
