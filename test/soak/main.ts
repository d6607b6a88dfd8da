import { parseArgs } from 'node:util';
import { check } from '../coherence/checker.ts';
import { describeReport } from '../coherence/report.ts';
import { type Growth, MemorySamples } from './memory-samples.ts';

/** Memory is flat when it ends within this much of what it was after the warm-up. */
const FLAT_SHARE = 0.1;

/** Random faults, with every answer judged, and the memory of each process looked at. */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes >= 1 && minutes <= 1_440)) {
  process.stderr.write(`--minutes must be a number from 1 to 1440; it is ${values.minutes}\n`);
  process.exit(2);
}

const memory = new MemorySamples();
const options = { seconds: Math.round(minutes * 60), seed, cluster: false, only: '' };
const report = await check(options, ({ apis }) => memory.watch(() => apis));
memory.stop();
const growths = memory.growths();
const grown = growths.filter(({ rssMib, heapMib }) => [rssMib, heapMib].some(isGrown));
process.stdout.write(describeReport(report, options));
process.stdout.write(growths.map(describe).join(''));
const good = report.violations.length === 0 && grown.length === 0 && growths.length > 0;
process.stdout.write(good ? '1 passed, 0 failed\n' : '0 passed, 1 failed\n');
process.exitCode = good ? 0 : 1;

function isGrown([before, after]: readonly [number, number]): boolean {
  return after > before * (1 + FLAT_SHARE);
}

function describe({ pid, rssMib, heapMib }: Growth): string {
  const text = ([before, after]: readonly [number, number]) =>
    `${before.toFixed(1)} to ${after.toFixed(1)} MiB`;
  return `process ${pid}: resident ${text(rssMib)}, heap ${text(heapMib)}\n`;
}
