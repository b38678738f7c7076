// An application with users of its own: one page that shows how many of its user's alerts are unread.
//   cd examples && npm ci
//   BELFRY_URL=http://127.0.0.1:3000 BELFRY_JWT_SECRET=... node host/server.mjs [port]
// The secret is the one that Belfry was started with; so is BELFRY_ORIGINS=http://127.0.0.1:8080, this page's own.

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { SignJWT } from 'jose';

const { BELFRY_URL, BELFRY_JWT_SECRET } = process.env;
const secret = new TextEncoder().encode(BELFRY_JWT_SECRET);
const client = new URL('../node_modules/graphql-ws/dist/', import.meta.url);

/** Who asks: here your own session says it. Never take it from the request's parameters. */
function signedIn(_request) {
  return { id: 'ada', name: 'Ada Byron' };
}

/** A token that lets one user follow their inbox for five minutes. */
function token({ id, name }) {
  const claims = new SignJWT({ name }).setProtectedHeader({ alg: 'HS256' });
  return claims.setSubject(id).setExpirationTime('5 minutes').sign(secret);
}

async function answer(request) {
  if (request.url === '/') {
    const page = await readFile(new URL('page.html', import.meta.url), 'utf8');
    return ['text/html', page.replace('{{socket}}', `${BELFRY_URL.replace(/^http/, 'ws')}/graphql/ws`)];
  }
  if (request.url === '/token') return ['text/plain', await token(signedIn(request))];
  // The npm client `graphql-ws`, as its package has it for browsers.
  const [, file] = request.url.match(/^\/graphql-ws\/([\w-]+\.js)$/) ?? [];
  return file && ['text/javascript', await readFile(new URL(file, client))];
}

const server = createServer(async (request, response) => {
  const [type, body] = (await answer(request).catch(() => null)) ?? [];
  response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain', 'cache-control': 'no-store' });
  response.end(body ?? 'There is no such page.');
});
server.listen(Number(process.argv[2] ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
