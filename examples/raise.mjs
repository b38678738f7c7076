// Raises an alert to Ada with Node.js and nothing else, over HTTP.
//   BELFRY_URL=http://127.0.0.1:3000 TOKEN=$(belfry token create --name "node-$(date +%s)") node examples/raise.mjs

const { BELFRY_URL, TOKEN } = process.env;

const query = `mutation ($input: CreateAlertInput!) {
  createAlert(input: $input) { alert { id } problem { field message } }
}`;
const input = {
  recipientId: 'ada',
  kind: 'mention',
  title: 'Raised by fetch',
  body: '@ada could you look at the second table?',
  actor: { id: 'grace', name: 'Grace' },
  // Sent again with the same key, it is one alert still.
  idempotencyKey: crypto.randomUUID(),
};

const response = await fetch(`${BELFRY_URL}/graphql`, {
  method: 'POST',
  headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
  body: JSON.stringify({ query, variables: { input } }),
});
const { data, errors } = await response.json();
if (errors || data.createAlert.problem) throw new Error(JSON.stringify(errors ?? data));
console.log('raised', data.createAlert.alert.id);
