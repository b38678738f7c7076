// Runs every audit of GraphQL over HTTP that npm `graphql-http` has, and prints the outcome of each.
// Usage: node audits.mjs http://127.0.0.1:PORT/graphql

import { auditServer } from 'graphql-http';

for (const { id, name, status, reason } of await auditServer({ url: process.argv[2] })) {
  console.log(status, id, name, reason ?? '');
}
