// An application of somebody else's: follows an inbox with the npm client `graphql-ws` from a position on,
// and marks the second alert read by the same socket.
// Usage: node inbox.mjs ws://127.0.0.1:PORT/graphql/ws TOKEN POSITION

import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [url, token, after] = process.argv.slice(2);
const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: { authorization: `Bearer ${token}` },
  retryAttempts: 0,
});

const query = `subscription ($after: Position) { inboxChanged(after: $after) {
  ... on AlertChanged { alert { id title readAt } unreadCount } } }`;
const markRead = 'mutation ($id: ID!) { markAlertRead(id: $id) { problem { message } } }';

let heard = 0;
for await (const { data, errors } of client.iterate({ query, variables: { after } })) {
  if (errors) throw errors;
  const { alert, unreadCount } = data.inboxChanged;
  console.log(`${alert.readAt ? 'read' : 'new'} ${alert.title}, unread ${unreadCount}`);
  heard += 1;
  if (heard === 2) {
    for await (const reply of client.iterate({ query: markRead, variables: { id: alert.id } })) {
      if (reply.data.markAlertRead.problem) throw new Error('refused');
    }
  }
  if (heard === 3) break;
}
await client.dispose();
