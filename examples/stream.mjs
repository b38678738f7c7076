// Raises an alert to Ada with ioredis: by an entry in the stream that Belfry reads.
//   cd examples && npm ci
//   REDIS_URL=redis://127.0.0.1:6379 node stream.mjs

import { Redis } from 'ioredis';

const redis = new Redis(process.env.REDIS_URL);
// The fields are those of CreateAlertInput; `actor` and `data` are JSON. What is refused goes, with the
// reason, to the stream belfry:alerts:dead.
const entry = await redis.xadd(
  'belfry:alerts',
  '*',
  ...Object.entries({
    recipientId: 'ada',
    kind: 'interview',
    title: 'Raised by ioredis',
    link: '/interviews/3',
    data: JSON.stringify({ room: 'B 12' }),
  }).flat(),
);
console.log('added', entry);
redis.disconnect();
