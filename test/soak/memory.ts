import { commandLine } from '../../apps/local/src/command-line.ts';
import { startApi } from '../support/api.ts';
import { createCatalogue } from '../support/catalogue.ts';
import { CHECK_MEMORY } from '../support/commands.ts';
import { startRedisServer } from '../support/redis-server.ts';
import { residentMib } from '../support/resident-mib.ts';

const READS = Number(commandLine(CHECK_MEMORY).values.reads);
const WORKERS = 200;
const BOUND_MIB = 64;
const ALLOWANCE_MIB = 120;

/** Reads a million different products through one process and looks at how much memory it holds then. */
const [catalogue, redis] = await Promise.all([createCatalogue(READS), startRedisServer()]);
const api = await startApi({
  DATABASE_URL: catalogue.url,
  REDIS_URL: redis.url,
  REDIS_COMMAND_TIMEOUT: '2s',
  CACHE_L1_MAX_BYTES: `${BOUND_MIB}MiB`,
  LOG_LEVEL: 'warn',
});
let next = 0;
const failures: number[] = [];
async function readOn(): Promise<void> {
  while (next < READS) {
    const n = next++;
    const response = await api.get(`/products/prod-${n}`);
    await response.arrayBuffer();
    if (response.status !== 200) failures.push(response.status);
    if (n % 100_000 === 0)
      process.stdout.write(`${n} reads, ${Math.round((await residentMib(api)).now)} MiB\n`);
  }
}
await Promise.all(Array.from({ length: WORKERS }, readOn));
const { now, peak } = await residentMib(api);
const bytes = await api.metric('cache_l1_bytes');
process.stdout.write(
  `${READS} distinct reads, ${failures.length} failed. Resident: ${now.toFixed(1)} MiB now, ${peak.toFixed(1)} MiB at most; ` +
    `accounted in L1: ${(bytes / 1_048_576).toFixed(1)} MiB; bound ${BOUND_MIB} + ${ALLOWANCE_MIB} MiB\n`,
);
await api.stop();
await redis.stop();
await catalogue.drop();
const good = failures.length === 0 && now <= BOUND_MIB + ALLOWANCE_MIB;
process.stdout.write(good ? '1 passed, 0 failed\n' : '0 passed, 1 failed\n');
process.exitCode = good ? 0 : 1;
