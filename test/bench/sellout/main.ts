import { FlagError } from '../flags/flag-values.ts';
import { readSellOutFlags, SELL_OUT, type SellOutOptions } from '../flags/sellout-flags.ts';
import type { Histogram } from '../load/histogram.ts';
import { endOnSignals } from '../processes/end-on-signals.ts';
import { sellOut } from './sell-out.ts';

const MAX_P99_MS = 50;

const say = (line: string) => process.stdout.write(`${line}\n`);

const ms = (us: number) => `${(us / 1_000).toFixed(1)} ms`;

const latency = (reads: Histogram) =>
  `p50 ${ms(reads.quantile(0.5))}, p99 ${ms(reads.quantile(0.99))}, worst ${ms(reads.max)}`;

const counts = (statuses: ReadonlyMap<number, number>) =>
  [...statuses]
    .sort(([a], [b]) => a - b)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ');

async function run(options: SellOutOptions): Promise<void> {
  const { buyers, readsPerSecond, seconds } = options;
  say(`${buyers} buyers, ${readsPerSecond} reads/s, 2 processes, ${seconds} s …`);
  const { reads, readsWithRetries, reading, buying, changes } = await sellOut(options);
  const p99 = reads.quantile(0.99);
  say(`readers: ${counts(reading)}`);
  say(`their latency: ${latency(reads)}`);
  say(`with retries on 503: ${latency(readsWithRetries)}`);
  say(`buyers:  ${counts(buying)}; the stock was raised ${changes} times`);
  if (p99 > MAX_P99_MS * 1_000 || (reading.get(503) ?? 0) > 0) process.exitCode = 1;
}

endOnSignals();
try {
  const flags = readSellOutFlags(process.argv.slice(2));
  if (flags.kind === 'help') say(SELL_OUT.usage);
  else await run(flags);
} catch (error) {
  process.stderr.write(`${error instanceof FlagError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 2;
}
