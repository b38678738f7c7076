// A stranger: the reference library's server, with operations that show what a client does.
//
// node use-server.mjs [port]: prints its port, and ends with its standard input.

import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';

const schema = buildSchema(`
  type Query {
    hello(name: String!): String!
    "How often the client has pinged on this connection."
    pings: Int!
    "How many subscriptions are running on this server."
    running: Int!
  }
  type Mutation {
    "Pings the client, and returns what its pong carries."
    ping(note: String!): String!
    "Closes the connection that asks, after the answer."
    hangUp(code: Int!): Boolean
    "Sends a frame as it stands to the connection that asks."
    say(frame: String!): Boolean
  }
  type Subscription {
    "All numbers above \`after\` up to \`to\`, then the end."
    count(after: Int!, to: Int!): Int!
    "The three numbers above \`after\`, then silence."
    numbers(after: Int!): Int!
  }
`);

let running = 0;

function silentAfterThree({ after }) {
  running += 1;
  let number = after;
  let stop;
  const stopped = new Promise((resolve) => (stop = resolve));
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      if (number < after + 3) return { done: false, value: { numbers: ++number } };
      await stopped;
      return { done: true, value: undefined };
    },
    async return() {
      running -= 1;
      stop();
      return { done: true, value: undefined };
    },
  };
}

async function* count({ after, to }) {
  for (let number = after + 1; number <= to; number++) yield { count: number };
}

const roots = {
  query: {
    hello: ({ name }) => `hello ${name}`,
    pings: (_, { extra }) => extra.pings ?? 0,
    running: () => running,
  },
  mutation: {
    ping: ({ note }, { extra }) => {
      const pong = new Promise((resolve) => (extra.onPong = resolve));
      extra.socket.send(JSON.stringify({ type: 'ping', payload: { note } }));
      return pong.then((payload) => payload.note);
    },
    hangUp: ({ code }, { extra }) => void (extra.hangUp = code),
    say: ({ frame }, { extra }) => extra.socket.send(frame),
  },
  subscription: { count, numbers: silentAfterThree },
};

const port = Number(process.argv[2] ?? 0);
const server = new WebSocketServer({ host: '127.0.0.1', port, path: '/graphql/ws' });
useServer(
  {
    schema,
    roots,
    context: (connection) => connection,
    onPing: ({ extra }) => {
      extra.pings = (extra.pings ?? 0) + 1;
    },
    // Runs before the answer's `complete` is sent; an immediate runs after.
    onComplete: ({ extra }) => {
      if (extra.hangUp) setImmediate(() => extra.socket.close(extra.hangUp, 'as asked'));
    },
    onPong: ({ extra }, payload) => extra.onPong?.(payload),
  },
  server,
);
server.on('listening', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
