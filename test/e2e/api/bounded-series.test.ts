import assert from 'node:assert/strict';
import { randomBytes, randomInt } from 'node:crypto';
import { Agent, request as send } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';

const REQUESTS = 10_000;
const AT_ONCE = 32;
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'REPORT',
  'MKCOL',
  'LOCK',
];

const noise = () => randomBytes(randomInt(1, 40)).toString('base64url');

/** Requests that differ each time. Ids that are valid and ids that are not are kinds of their own: their answers differ. */
const PATHS: readonly (() => string)[] = [
  () => `/products/a${noise()}`,
  () => `/products/-${noise()}`,
  () => `/products/${encodeURIComponent(noise())}%00`,
  () => `/products?ids=a${noise()},b${noise()}`,
  () => `/products?ids=-${noise()},b${noise()}`,
  () => `/products?${noise()}=${noise()}`,
  () => `/categories/a${noise()}`,
  () => `/categories/-${noise()}`,
  () => `/${noise()}/${noise()}`,
  () => `/health/${noise()}`,
  () => `/metrics?${noise()}`,
  () => `/console/${noise()}`,
  () => `/?${noise()}`,
];

describe('the number of series', { timeout: 240_000 }, () => {
  let catalogue: Catalogue;
  let api: Api;
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });

  before(async () => {
    catalogue = await createCatalogue(10);
    api = await startApi({ DATABASE_URL: catalogue.url, LOG_SAMPLE_RATE: '0' });
  });
  after(async () => {
    agent.destroy();
    await api.stop();
    await catalogue.drop();
  });

  const answer = (method: string, path: string) =>
    new Promise<void>((resolve, reject) => {
      const headers = {
        'x-request-id': noise(),
        'idempotency-key': noise(),
        authorization: `Bearer ${noise()}`,
        traceparent: `00-${randomBytes(16).toString('hex')}-${randomBytes(8).toString('hex')}-01`,
        [`x-${noise().replaceAll('_', '-')}`]: noise(),
      };
      const client = send(`${api.url}${path}`, { method, agent, headers }, (response) => {
        response.resume().once('end', resolve).once('error', reject);
      });
      client.once('error', reject).end();
    });
  const series = async () => {
    const page = await (await fetch(`${api.url}/metrics`)).text();
    const lines = page.split('\n').filter((line) => /^(?!#|nodejs_|process_)\S/.test(line));
    return lines.map((line) => line.slice(0, line.lastIndexOf(' ')));
  };

  it('is the same before and after 10,000 hostile requests', async () => {
    // Each kind of answer has had its first.
    for (let n = 0; n < 3; n += 1)
      for (const method of METHODS) for (const path of PATHS) await answer(method, path());
    const before = await series();
    let sent = 0;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async () => {
        for (; sent < REQUESTS; ) {
          const method = METHODS[sent % METHODS.length] ?? 'GET';
          const path = PATHS[randomInt(PATHS.length)] ?? (() => '/');
          sent += 1;
          await answer(method, path());
        }
      }),
    );
    assert.ok(before.length > 100, `${before.length} series`);
    assert.deepEqual((await series()).sort(), before.sort());
  });
});
