import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, it } from 'node:test';
import { Histogram } from '../../bench/load/histogram.ts';
import type { Arrivals, LoadResult } from '../../bench/load/plan.ts';
import { runLoad } from '../../bench/load/run-load.ts';
import { listen } from '../../support/listen.ts';

const STALL_MS = 200;

interface Answering {
  /** How long a server waits with its n-th answer, in milliseconds; Infinity: it never answers. */
  readonly delayMs?: (n: number) => number;
  readonly status?: number;
}

async function withServer<T>(
  { delayMs = () => 0, status = 200 }: Answering,
  work: (port: number) => Promise<T>,
) {
  let asked = 0;
  const server = createServer((_request, response) => {
    const answer = () => response.writeHead(status, { 'content-length': 2 }).end('ok');
    const waitMs = delayMs(asked++);
    if (waitMs === 0) answer();
    else if (waitMs !== Infinity) setTimeout(answer, waitMs);
  });
  const { port, stop } = await listen(server);
  return work(port).finally(stop);
}

function load(port: number, arrivals: Arrivals, more: { connections?: number; patienceMs?: number } = {}) {
  return runLoad({
    ports: [port],
    connections: 1,
    arrivals,
    keys: { kind: 'uniform', count: 10 },
    seed: 1,
    ...more,
  });
}

const p = ({ latency }: LoadResult, q: number) => Histogram.from(latency).quantile(q) / 1_000;

describe('an open load', () => {
  it('charges a stall to everyone who was due meanwhile, not to the one request that it held up', async () => {
    const stallOnce = { delayMs: (n: number) => (n === 50 ? STALL_MS : 0) };
    const stages = [{ perSecond: 500, seconds: 1 }];
    const result = await withServer(stallOnce, (port) => load(port, { kind: 'open', stages }));
    assert.equal(result.requests, 500);
    // A hundred were due within the stall: a fifth of all, waiting half of it on average.
    assert.ok(p(result, 0.99) >= STALL_MS * 0.9, `p99 ${p(result, 0.99)} ms`);
    assert.ok(p(result, 0.92) >= STALL_MS * 0.4, `p92 ${p(result, 0.92)} ms`);
    assert.deepEqual(result.errors, {});
  });

  it('sends what its stages ask for, second by second', async () => {
    const stages = [100, 300].map((perSecond) => ({ perSecond, seconds: 1 }));
    const { requests, timeline } = await withServer({}, (port) =>
      load(port, { kind: 'open', stages }, { connections: 8 }),
    );
    assert.equal(requests, 400);
    assert.equal(
      timeline.reduce((sum, second) => sum + second.requests, 0),
      400,
    );
  });

  it('gives up those who lose their patience, also those whose turn never came', async () => {
    const never = { delayMs: () => Infinity };
    const stages = [{ perSecond: 100, seconds: 1 }];
    const { requests, errors } = await withServer(never, (port) =>
      load(port, { kind: 'open', stages }, { patienceMs: 100 }),
    );
    assert.equal(requests, 100);
    assert.deepEqual(errors, { timeout: 100 });
  });
});

describe('any load', () => {
  it('counts failures by their kind', async () => {
    const burst = { kind: 'burst', requests: 20 } as const;
    const refusing = await withServer({ status: 503 }, (port) => load(port, burst));
    assert.deepEqual(refusing.errors, { 'status 503': 20 });
    const closedPort = await withServer({}, async (port) => port);
    const refused = await load(closedPort, burst);
    assert.deepEqual(refused.errors, { ECONNREFUSED: 20 });
  });

  it('keeps every connection busy in a closed loop, until its time is up', async () => {
    let most = 0;
    let open = 0;
    const server = createServer((_request, response) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open -= 1;
        response.writeHead(200, { 'content-length': 0 }).end();
      }, 5);
    });
    const { port, stop } = await listen(server);
    const result = await load(port, { kind: 'closed', seconds: 0.3 }, { connections: 4 });
    await stop();
    assert.equal(most, 4);
    assert.ok(result.requests > 4);
    assert.deepEqual(result.errors, {});
  });
});
