import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { Lane } from '../../support/generated/lane.ts';
import { generatedRequests } from '../../support/generated/requests.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';

const LANES = 8;
const RUNS = 27;
const REQUESTS = 25;

describe('requests that are made from the OpenAPI document', () => {
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    [catalogue, redis] = await Promise.all([createCatalogue(10), startRedisServer()]);
    await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('cat-other', 'Other')`);
    // A machine that is busy with other things is not what is looked for here: nothing is refused for that.
    const patience = { DATABASE_LOAD_TIMEOUT: '20s', CACHE_LEASE_TTL: '30s', SHED_READ_TIMEOUT: '30s' };
    api = await startApi({
      DATABASE_URL: catalogue.url,
      REDIS_URL: redis.url,
      SHED_EVENT_LOOP_DELAY: '0',
      ...patience,
    });
  });
  after(async () => {
    await api.stop();
    await redis.stop();
    await catalogue.drop();
  });

  const count = async () => Number((await catalogue.sql('SELECT count(*) FROM products'))[0]?.['count']);

  it('are all answered as it says, none with a fault, and each writes all that it says or nothing', async () => {
    const atFirst = await count();
    const lanes = Array.from({ length: LANES }, (_, n) => new Lane(api, catalogue, `lane${n}`));
    const seed = randomInt(2 ** 31);
    const requests = fc.array(generatedRequests(), { minLength: REQUESTS, maxLength: REQUESTS });
    const walk = (lane: Lane, n: number) =>
      fc.assert(
        fc.asyncProperty(requests, async (each) => {
          for (const request of each) await lane.send(request);
        }),
        // What was written stays, so a shorter walk proves nothing: the first failure is the one to look at.
        { seed: seed + n, numRuns: RUNS, endOnFailure: true, includeErrorInReport: true },
      );
    // All of them, also if one has failed: the service is not stopped while one runs.
    const [failure] = (await Promise.allSettled(lanes.map(walk))).filter(
      ({ status }) => status === 'rejected',
    );
    if (failure?.status === 'rejected') throw failure.reason;
    const total = (of: (lane: Lane) => number) => lanes.reduce((sum, lane) => sum + of(lane), 0);
    assert.ok(total(({ sent }) => sent) >= 5_000);
    assert.ok(
      total(({ made }) => made) > 50 && total(({ removed }) => removed) > 20,
      'hardly anything was written',
    );
    assert.equal(await count(), atFirst + total(({ made }) => made) - total(({ removed }) => removed));
  });
});
