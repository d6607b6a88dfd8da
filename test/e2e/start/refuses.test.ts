import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { freePort } from '#src/apps/local/src/services';
import { createCatalogue } from '../../support/catalogue.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { makeHome } from './home.ts';
import { runStart } from './run-start.ts';

const SECRET = 'open-sesame';

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

// Side by side, as some of them wait for an answer that never comes.
describe('npm start refuses, in one line that names the variable and before it starts anything,', {
  concurrency: 4,
}, () => {
  const http = createHttpServer((_request, response) => response.end('Hello'));
  const silent = createServer(() => undefined);
  let httpPort: number;
  let silentPort: number;

  before(async () => {
    [httpPort, silentPort] = await Promise.all([listening(http), listening(silent)]);
  });
  after(() => {
    http.close();
    silent.close();
  });

  /** Starts with these settings and expects exactly this one line. */
  async function refuses(settings: NodeJS.ProcessEnv, line: RegExp, code = 1): Promise<void> {
    const home = await makeHome();
    try {
      const start = runStart(home, settings);
      assert.equal((await start.ended).code, code, start.output());
      assert.match(start.output(), /^[^\n]+\n$/);
      assert.match(start.output(), line);
      assert.doesNotMatch(start.output(), new RegExp(SECRET));
    } finally {
      await home.endRuns();
      await home.remove();
    }
  }

  const database = (where: string) => `postgres://someone:${SECRET}@${where}`;
  const redis = (where: string) => `redis://:${SECRET}@${where}`;

  it('a PORT that is no number', () => refuses({ PORT: 'http' }, /^PORT must be a whole number/, 2));

  it('a variable that is written almost like a setting', () =>
    refuses(
      { DATABSE_URL: database('127.0.0.1/shop') },
      /^DATABSE_URL is not a setting; did you mean DATABASE_URL\?/,
      2,
    ));

  it('a PORT that is taken', () =>
    refuses({ PORT: String(httpPort) }, new RegExp(`^PORT ${httpPort} is taken`)));

  it('a HOST that is not of this machine', () =>
    refuses({ HOST: '192.0.2.1' }, /^PORT \d+ of HOST 192\.0\.2\.1 cannot be used/));

  it('API_KEYS with a key where a hash should stand', () =>
    refuses({ API_KEYS: `shop:${SECRET}` }, /^API_KEYS must be entries/, 2));

  it('a DATABASE_URL that is none', () =>
    refuses({ DATABASE_URL: `mysql://${SECRET}` }, /^DATABASE_URL must be a URL/, 2));

  it('a DATABASE_URL where no server listens', async () => {
    const port = await freePort();
    await refuses({ DATABASE_URL: database(`127.0.0.1:${port}/shop`) }, /^DATABASE_URL: no server listens/);
  });

  it('a DATABASE_URL of an HTTP server', () =>
    refuses({ DATABASE_URL: database(`127.0.0.1:${httpPort}/shop`) }, /^DATABASE_URL: .*cannot be used/));

  it('a DATABASE_URL of a server that never answers', () =>
    refuses(
      { DATABASE_URL: database(`127.0.0.1:${silentPort}/shop`) },
      /^DATABASE_URL: .*cannot be used: timeout expired/,
    ));

  it('a DATABASE_URL with a wrong password, or a database that is not there', async () => {
    const catalogue = await createCatalogue(0);
    try {
      const url = new URL(catalogue.url);
      url.password = SECRET;
      await refuses(
        { DATABASE_URL: url.href },
        /^DATABASE_URL: .* cannot be used: password authentication failed/,
      );
      const elsewhere = new URL(catalogue.url);
      elsewhere.pathname = '/nowhere';
      await refuses(
        { DATABASE_URL: elsewhere.href },
        /^DATABASE_URL: .* cannot be used: database "nowhere" does not exist/,
      );
    } finally {
      await catalogue.drop();
    }
  });

  it('a REDIS_URL that is none', () =>
    refuses({ REDIS_URL: `http://${SECRET}` }, /^REDIS_URL must be a URL/, 2));

  it('a REDIS_URL where no server listens', async () =>
    refuses({ REDIS_URL: redis(`127.0.0.1:${await freePort()}`) }, /^REDIS_URL: no server listens/));

  it('a REDIS_URL of an HTTP server', () =>
    refuses({ REDIS_URL: redis(`127.0.0.1:${httpPort}`) }, /^REDIS_URL: .*cannot be used/));

  it('a REDIS_URL of a server that never answers', () =>
    refuses({ REDIS_URL: redis(`127.0.0.1:${silentPort}`) }, /^REDIS_URL: .*cannot be used: .*timed out/));

  it('a REDIS_URL with a wrong password, or none where one is needed', async () => {
    const server = await startRedisServer();
    try {
      await server.client.config('SET', 'requirepass', 'another');
      await refuses(
        { REDIS_URL: redis(new URL(server.url).host) },
        /^REDIS_URL: .* cannot be used: WRONGPASS/,
      );
      await refuses({ REDIS_URL: server.url }, /^REDIS_URL: .* cannot be used: NOAUTH/);
    } finally {
      await server.stop();
    }
  });
});
