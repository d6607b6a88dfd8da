import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { register } from 'prom-client';
import { freePort } from '#src/apps/local/src/services';
import { type BadNetwork, startBadNetwork } from '../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { TimerAccount } from '../support/live-timers/timer-account.ts';
import { onPort } from '../support/on-port.ts';
import { socketsOf } from '../support/open-sockets.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startRoutedApp } from '../support/routed-app.ts';
import { until } from '../support/until.ts';

/** What the test itself sets while it looks, and its client while it has a connection; and the log, which is the process's. */
const OF_OTHERS = /\/test\/|undici|sonic-boom|node:(?:net|_http|internal\/(?:deps|http|stream_base))/;

describe('an application that is closed', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let network: BadNetwork;
  let account: TimerAccount;

  const timers = () => [...account.counts().keys()].filter((site) => !OF_OTHERS.test(site));
  const peers = () => socketsOf(process.pid).filter(({ peerPort }) => peerPort === network.port);
  /** Serves, is closed, and has nothing left: no timer, whether or not it keeps the process alive, and no connection. */
  const servesAndCloses = async (settings: Record<string, string>, whileItServes: () => void) => {
    account = new TimerAccount().open();
    const app = await startRoutedApp(settings);
    try {
      await (await fetch(`${app.url}/products/prod-1`)).arrayBuffer();
      assert.ok(timers().length > 0, 'it has timers while it serves');
      whileItServes();
      await Promise.all(
        [2, 3, 4].map(async (n) => (await fetch(`${app.url}/products/prod-${n}`)).arrayBuffer()),
      );
    } finally {
      await app.stop();
    }
    await until('its timers are over', () => timers().length === 0, 5_000).catch(() =>
      assert.deepEqual(timers(), [], 'left behind'),
    );
    await until('its connections are closed', () => peers().length === 0, 5_000).catch(() =>
      assert.deepEqual(peers(), [], 'left behind'),
    );
    account.close();
    // Metrics are a process's, so that the next application in this one would find their names taken.
    register.clear();
  };

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
  });
  after(async () => {
    await redis.stop();
    await catalogue.drop();
  });

  const through = (url: string) => onPort(url, network.port);
  const cases = {
    'while all is well': () => ({ DATABASE_URL: through(catalogue.url), REDIS_URL: redis.url }),
    'while Postgres is silent': () => ({ DATABASE_URL: through(catalogue.url), REDIS_URL: redis.url }),
    'while Redis is silent': () => ({ DATABASE_URL: catalogue.url, REDIS_URL: through(redis.url) }),
  };
  for (const [when, settings] of Object.entries(cases))
    it(`leaves nothing behind ${when}`, async () => {
      const target = when.includes('Redis') ? redis.url : catalogue.url;
      network = await startBadNetwork(() => Number(new URL(target).port));
      try {
        await servesAndCloses(settings(), () => {
          if (when.includes('silent')) network.weather = { kind: 'silent' };
        });
      } finally {
        await network.stop();
      }
    });

  it('leaves nothing behind where neither was ever there', async () => {
    const nowhere = await freePort();
    network = await startBadNetwork(() => nowhere);
    try {
      const url = `127.0.0.1:${network.port}`;
      await servesAndCloses(
        { DATABASE_URL: `postgres://x:x@${url}/x`, REDIS_URL: `redis://${url}` },
        () => {},
      );
    } finally {
      await network.stop();
    }
  });
});
