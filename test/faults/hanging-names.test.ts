import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { type Api, startApi } from '../support/api.ts';
import { type BadNetwork, startBadNetwork } from '../support/bad-network.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { until } from '../support/until.ts';

const HANGING_NAMES = new URL('../support/hanging-names.ts', import.meta.url).href;
const OPEN = 'breaker_state{dependency="postgres",state="open"}';
const USABLE_WITHIN_MS = 2_000;

describe('a Redis whose name gets no answer from the resolver', () => {
  let catalogue: Catalogue;
  let network: BadNetwork;
  let api: Api;
  let next = 0;

  const url = () => {
    const address = new URL(catalogue.url);
    address.hostname = 'localhost';
    address.port = String(network.port);
    return address.href;
  };
  const status = async () => (await api.get(`/products/prod-${next++}`))?.status;

  before(async () => {
    catalogue = await createCatalogue(10_000);
    const server = Number(new URL(catalogue.url).port);
    network = await startBadNetwork(() => server);
  });
  afterEach(async () => {
    await api.stop();
    network.weather = { kind: 'fine' };
  });
  after(async () => {
    await network.stop();
    await catalogue.drop();
  });

  for (const REDIS_URL of [
    'redis://one.hanging:6379',
    'redis://one.hanging:6379,redis://two.hanging:6379,redis://three.hanging:6379',
  ]) {
    it(`does not delay the return of Postgres: ${REDIS_URL.split(',').length} names`, async (context) => {
      api = await startApi({ DATABASE_URL: url(), REDIS_URL, NODE_OPTIONS: `--import=${HANGING_NAMES}` });
      await until('Postgres is used', async () => (await status()) === 200);
      network.weather = { kind: 'refused' };
      network.cut();
      await until('Postgres is given up', async () => {
        return (await status()) === 503 && (await api.metric(OPEN)) === 1;
      });
      network.weather = { kind: 'fine' };
      const backAtMs = performance.now();
      await until('it is used again', async () => (await status()) === 200);
      const tookMs = performance.now() - backAtMs;
      context.diagnostic(`used again after ${Math.round(tookMs)} ms`);
      assert.ok(tookMs <= USABLE_WITHIN_MS, `${tookMs} ms`);
    });
  }
});
