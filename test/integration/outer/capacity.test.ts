import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Measured, readMeasured, readPrices } from '../../../deploy/capacity/figures.ts';
import { type Load, sizeOf } from '../../../deploy/capacity/size.ts';
import { markdownOf } from '../../../deploy/capacity/table.ts';
import { startApi } from '../../support/api.ts';
import { createCatalogue } from '../../support/catalogue.ts';
import { exchange } from '../../support/raw-http.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { runCommand } from '../../support/run-command.ts';
import { until } from '../../support/until.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';
import { projectFile, ROOT } from './support/project.ts';

const prices = readPrices();
const measured = readMeasured();
const LOAD: Load = {
  rps: 10_400,
  p99Ms: 25,
  hitRatio: 0.98,
  writesPerSecond: 50,
  l1Share: 0.9,
  products: 1_000_000,
  machine: 'c7g.xlarge',
};

describe('npm run capacity', () => {
  let folder: string;
  const run = (...flags: string[]) =>
    runCommand(process.execPath, ['deploy/capacity/main.ts', '--out', folder, ...flags], { cwd: ROOT });

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-capacity-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('prints the fleet, its cost beside the predecessor, and what it assumes', async () => {
    const { code, output } = await run(
      '--rps',
      '10400',
      '--p99-ms',
      '25',
      '--hit-ratio',
      '0.98',
      '--writes',
      '50',
    );
    assert.equal(code, 0, output);
    for (const line of [
      /^ {2}workers +\d+/m,
      /^ {2}pods +\d+/m,
      /^ {2}machines +\d+ × c7g\.xlarge.*estimate: this machine was not measured/m,
      /^ {2}connections to Postgres +\d+/m,
      /^ {2}Redis memory +[\d.]+ GiB/m,
      /^ {2}Redis network +[\d.]+ Mbit/m,
      /^ {2}a month +\$[\d,]+ \(estimate/m,
      /^ {2}the predecessor +\$26,000 a month for 12 machines.*before, \$47,000/m,
      /^What this rests on:$/m,
    ])
      assert.match(output, line);
  });

  it('writes a page with plots over rates that loads nothing', async () => {
    await run();
    const page = await readFile(join(folder, 'capacity.html'), 'utf8');
    assert.equal(page.match(/<svg /g)?.length, 2);
    assert.ok((page.match(/<polyline /g)?.length ?? 0) >= 8);
    assert.doesNotMatch(page, /NaN|Infinity|<script|https?:\/\//);
  });

  for (const [flags, complaint] of [
    [['--rps', 'many'], /^--rps must be a number from 1 to 100000000; it is "many"\.$/],
    [['--hit-ratio', '1.2'], /^--hit-ratio must be a number from 0 to 1; it is "1\.2"\.$/],
    [['--p99-ms', '1'], /^--p99-ms must be a number from 5 to/],
    [['--rps', '10', '--writes', '20'], /^--writes must be at most --rps, 10; it is 20\.$/],
    [['--machine', 'm1'], /^--machine must be one of c7g\.large, .*; it is m1\.$/],
    [['--prices', '/nowhere.json'], /^cannot read \/nowhere\.json: /],
    [['--rps', '1000000', '--hit-ratio', '0'], /^no Postgres instance of the price file runs /],
  ] as const) {
    it(`refuses ${flags.join(' ')} with one line and exit code 2`, async () => {
      const { code, output } = await run(...flags);
      assert.equal(code, 2, output);
      assert.match(output.trimEnd(), complaint);
      assert.equal(output.trimEnd().split('\n').length, 1);
    });
  }

  it('takes the prices of its user, and names the key that is wrong', async () => {
    const own = join(folder, 'prices.json');
    const machine = { vcpus: 64, memoryGib: 128, perHour: 2, speed: 1, isMeasured: true };
    await writeFile(own, JSON.stringify({ ...prices, machines: { mine: machine } }));
    const taken = await run('--prices', own, '--machine', 'mine');
    assert.match(taken.output, /^ {2}machines +3 × mine, 63 pods each$/m);
    await writeFile(own, JSON.stringify({ ...prices, machines: { mine: { ...machine, perHour: 'two' } } }));
    const refused = await run('--prices', own, '--machine', 'mine');
    assert.equal(refused.code, 2);
    assert.match(refused.output, /machines\.mine\.perHour must be a number of at least 0; it is "two"/);
  });

  it('takes the costs of a bench of its user', async () => {
    const bench = join(folder, 'bench.json');
    const outcomes = ['hotshelf-hot', 'hotshelf-warm', 'hotshelf-cold', 'hotshelf-90-10'].map(
      (contestant) => ({
        kind: 'measured',
        run: { contestant, cpuMicros: 1_000 },
      }),
    );
    const conditions = { machine: 'a slow machine', date: '2026-01-01T00:00:00Z' };
    await writeFile(bench, JSON.stringify({ conditions, outcomes }));
    const taken = await run('--bench', bench);
    assert.match(taken.output, /processor time a request +1,000 µs/);
    assert.match(taken.output, /measured on a slow machine, 2026-01-01/);
    await writeFile(bench, JSON.stringify({ conditions, outcomes: outcomes.slice(1) }));
    assert.match((await run('--bench', bench)).output, /has no run of hotshelf-hot/);
  });
});

describe('the sizes', () => {
  it('rest on the figures of docs/benchmarks.md', () => {
    const text = projectFile('docs/benchmarks.md');
    for (const [contestant, micros] of [
      ['Hotshelf, hot', measured.cpuMicros.l1Hit],
      ['Hotshelf, warm', measured.cpuMicros.redisHit],
      ['Hotshelf, cold', measured.cpuMicros.load],
      ['Hotshelf, 90/10', measured.cpuMicros.mixOneWriteInTen],
    ] as const)
      assert.match(text, new RegExp(`^\\| ${contestant} \\| [^|]+ \\| ${micros} \\(`, 'm'), contestant);
    assert.match(text, new RegExp(`at most 184 MiB \\| ${measured.workerMemoryMib} MiB`));
  });

  it('grow with the rate, and shrink with the hit ratio', () => {
    const at = (change: Partial<Load>) => sizeOf({ ...LOAD, ...change }, measured, prices);
    assert.ok(at({ rps: 1_000_000, writesPerSecond: 5_000 }).workers > at({}).workers);
    assert.ok(at({ hitRatio: 0.9 }).cores > at({}).cores);
    assert.ok(at({ p99Ms: 5 }).busy < at({}).busy);
    assert.ok(at({ products: 100_000_000 }).redisGib > 99 * at({}).redisGib);
  });

  it('leave a third of the zones in reserve', () => {
    const { cores, workers } = sizeOf({ ...LOAD, rps: 1_000_000 }, measured, prices);
    assert.ok(cores / (workers * (2 / 3)) <= 0.85);
  });

  it('of docs/scaling.md are those that the command computes', () => {
    const sizes = [10_400, 100_000, 1_000_000].map((rps) =>
      sizeOf({ ...LOAD, rps, writesPerSecond: rps === 10_400 ? 50 : rps / 200 }, measured, prices),
    );
    const table = markdownOf(sizes);
    assert.ok(
      projectFile('docs/scaling.md').includes(table),
      `docs/scaling.md must have this table:\n\n${table}`,
    );
  });

  it('take the bytes of a product in Redis, and of an answer, as a running service has them', async () => {
    const PRODUCTS = 5_000;
    const [redis, catalogue] = await Promise.all([startRedisServer(), createCatalogue(PRODUCTS)]);
    const api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    try {
      await untilUsesRedis(api);
      const inRedis = () => redis.client.keys('*product:prod-*');
      let read = 0;
      // On a busy machine some reads go past Redis: so many are read until enough lie there.
      await until('some are in Redis', async () => {
        await api.get(`/products/prod-${read++}`);
        return (await inRedis()).length >= 50;
      });
      const keys = await inRedis();
      // Most answers are hits.
      const hits = await Promise.all(
        Array.from({ length: read }, (_, n) =>
          exchange(api.url, [`GET /products/prod-${n} HTTP/1.1`, 'Host: x', 'Connection: close']),
        ),
      );
      const bytes = await Promise.all(
        keys.map(async (key) => Number(await redis.client.memory('USAGE', key))),
      );
      near('redisBytesPerProduct', mean(bytes));
      near('answerBytes', mean(hits.map((answer) => answer.length)));
    } finally {
      await api.stop();
      await catalogue.drop();
      await redis.stop();
    }
  });
});

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function near(key: keyof Pick<Measured, 'redisBytesPerProduct' | 'answerBytes'>, actual: number): void {
  assert.ok(
    Math.abs(measured[key] / actual - 1) < 0.15,
    `${key} is ${measured[key]}; it should be ${actual}`,
  );
}
