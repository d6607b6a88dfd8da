import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';
import { type Service, startWorkers } from './service.ts';

const READS = 'api_request_latency_seconds_count{endpoint="/products/:id",method="GET"}';
const N = 60;

describe('the metrics of several workers', () => {
  let catalogue: Catalogue;
  let service: Service;

  before(async () => {
    catalogue = await createCatalogue(100);
    service = await startWorkers(2, { DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await service.stop();
    await catalogue.drop();
  });

  /** Each on a connection of its own, so that every worker gets its share. */
  const readAll = () =>
    Promise.all(
      Array.from({ length: N }, (_, n) => service.get(`/products/prod-${n}`, { connection: 'close' })),
    );
  /** A whole answer is counted just after its client has it. */
  const reads = (count: number) =>
    until(`${count} reads are counted`, async () => (await service.metric(READS)) === count);

  it('are one page, whichever of them is asked', async () => {
    await readAll();
    await reads(N);
    const page = await (await service.get('/metrics')).text();
    for (const series of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds', 'cache_l1_bytes']) {
      assert.match(page, new RegExp(`^${series} \\d`, 'm'), series);
    }
    assert.match(page, /^breaker_state\{dependency="postgres",state="closed"\} 1$/m);
    assert.equal(page.match(/^cache_l1_bytes /gm)?.length, 1);
  });

  it('take nothing back when a worker is killed', async () => {
    process.kill(service.workers()[0] ?? 0, 'SIGKILL');
    await service.served(3);
    assert.equal(await service.metric(READS), N);
    await readAll();
    await reads(2 * N);
  });

  it('take nothing back when the workers are rolled', async () => {
    await readAll();
    process.kill(service.pid, 'SIGHUP');
    await service.served(5);
    await until('only the new ones are left', () => service.workers().length === 2);
    await reads(3 * N);
  });

  it('are there while a worker does not answer', async () => {
    const [paused = 0] = service.workers();
    process.kill(paused, 'SIGSTOP');
    try {
      // A connection that was handed to the paused worker is not answered; the next one is.
      await until('a page is answered', async () => {
        const response = await fetch(`${service.url}/metrics`, {
          signal: AbortSignal.timeout(3_000),
          headers: { connection: 'close' },
        });
        const page = await response.text();
        return response.ok && page.includes(`${READS} ${3 * N}`);
      });
    } finally {
      process.kill(paused, 'SIGCONT');
    }
  });

  it('are refused with a problem, and not those of one worker, while the parent does not answer', async () => {
    // A connection that a worker already has: no new ones are handed out now.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    await getOver(agent, `${service.url}/health/live`);
    process.kill(service.pid, 'SIGSTOP');
    try {
      const { status, body } = await getOver(agent, `${service.url}/metrics`);
      assert.deepEqual([status, JSON.parse(body).code], [503, 'METRICS_UNAVAILABLE']);
    } finally {
      process.kill(service.pid, 'SIGCONT');
      agent.destroy();
    }
  });
});

async function getOver(agent: Agent, url: string): Promise<{ status: number | undefined; body: string }> {
  const [response] = (await once(request(url, { agent }).end(), 'response')) as [IncomingMessage];
  return { status: response.statusCode, body: await text(response) };
}
