import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Histogram } from '../../bench/load/histogram.ts';
import type { BenchResult } from '../../bench/result.ts';
import { runCommand } from '../../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');

const bench = (...args: string[]) =>
  runCommand(process.execPath, ['test/bench/main.ts', ...args], { cwd: ROOT, env: process.env });

describe('the bench of one contestant', () => {
  let folder: string;
  let code: number | null;
  let output: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-bench-'));
    const args = ['--quick', '--seconds', '1', '--only', 'fastify-map', '--out', folder];
    ({ code, output } = await bench(...args));
  });
  after(() => rm(folder, { recursive: true }));

  it('ends well, since a budget that was not measured is not missed', () => assert.equal(code, 0, output));

  it('measures requests, their cost and their latency, and no errors', async () => {
    const result = JSON.parse(await readFile(join(folder, 'bench.json'), 'utf8')) as BenchResult;
    const [run, ...others] = result.figures.runs;
    assert.ok(run !== undefined && others.length === 0);
    assert.ok(run.perSecond > 0 && run.cpuMicros > 0 && run.residentMib > 0);
    assert.ok(run.generatorCpu > 0);
    assert.equal(Histogram.from(run.open.latency).count, run.open.perSecond);
    assert.deepEqual(run.errors, {});
  });

  it('writes a table for the README', async () => {
    const text = await readFile(join(folder, 'table.md'), 'utf8');
    assert.match(text, /^\| bare Fastify \| the same bytes from a Map \|( [\d.,]+ \|){7} 0 \|$/m);
    assert.ok(output.includes(text));
  });

  it('refuses a flag that breaks its rule with 2, before it starts anything', async () => {
    const refused = await bench('--rounds', 'many');
    assert.equal(refused.code, 2);
    assert.equal(refused.output, '--rounds must be a whole number from 1 to 50; it is "many"\n');
  });
});
