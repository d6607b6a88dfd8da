import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { healthFaults, metricsFaults, problemFaults, productFaults } from '../../../k6/lib/answers.ts';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

// The load scenarios import no code of the service, so nothing but this tells that their rules are still its contract.
describe('the rules of the load scenarios, held against the service itself', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(1);
    api = await startApi({ DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  const answer = async (path: string) => {
    const response = await api.get(path);
    return { status: response.status, body: await response.text() };
  };

  it('accept a product', async () => {
    assert.deepEqual(productFaults((await answer('/products/prod-0')).body, 'prod-0'), []);
  });

  it('accept the probes', async () => {
    for (const path of ['/health', '/health/live', '/health/ready']) {
      assert.deepEqual(healthFaults((await answer(path)).body), [], path);
    }
  });

  it('accept the metrics', async () => {
    assert.deepEqual(metricsFaults((await answer('/metrics')).body), []);
  });

  it('accept the problems of an unknown and of an impossible product', async () => {
    for (const [path, expected] of [
      ['/products/no-such-product', 404],
      ['/products/%20', 400],
    ] as const) {
      const { status, body } = await answer(path);
      assert.equal(status, expected);
      assert.deepEqual(problemFaults(body, expected), [], path);
    }
  });
});
