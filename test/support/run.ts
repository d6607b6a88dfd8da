import { relative } from 'node:path';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { both, NOTHING_RUN, type Report } from './count-reporter.ts';
import { runTestFiles } from './lanes.ts';
import { BUILD, ROOT, runStaticChecks, STATIC_CHECKS } from './static-checks.ts';

const USAGE = `npm test [-- files]
npm run test:faults

npm test builds, checks the sources, and runs the tests on servers of their own; with files or patterns, it runs those alone.
npm run test:faults runs those that take longest: servers that are stopped, paused and cut off, fleets, workers and starts.
npm run check:servers runs the tier contract on Redis 7.0 and on Valkey 8.

  --faults   as npm run test:faults
  --help     this text

npm test -- 'test/faults/*.test.ts'`;

const {
  values: { faults },
  words: patterns,
} = commandLine({ usage: USAGE, options: { faults: { type: 'boolean' } }, words: true });
const checks = faults || patterns.length > 0 ? [] : STATIC_CHECKS;

/** Builds, checks the sources while the servers start, and runs the tests if nothing was found. */
async function run(): Promise<Report> {
  const built = { ...NOTHING_RUN, ...(await runStaticChecks([BUILD])) };
  if (built.failed > 0) return built;
  // Imported after the build: it is compiled code.
  const { startTestServers } = await import('./test-servers.ts');
  const [checked, servers] = await Promise.all([runStaticChecks(checks), startTestServers(ROOT)]);
  const sum = both(built, { ...NOTHING_RUN, ...checked });
  if (servers.kind === 'unavailable') {
    process.stderr.write(`The tests cannot run: ${servers.reason}\n`);
    return { ...sum, failed: sum.failed + 1 };
  }
  try {
    if (sum.failed > 0) return sum;
    const tested = await runTestFiles(ROOT, faults ? 'faults' : 'tests', patterns, servers.environment);
    if (tested.passed === 0) process.exitCode = 1;
    return both(sum, tested);
  } finally {
    await servers.stop();
  }
}

const { passed, failed, files, failures } = await run();
const SLOWEST = 10;
if (patterns.length === 0) {
  const slowest = files.toSorted((one, other) => other.seconds - one.seconds).slice(0, SLOWEST);
  process.stdout.write('\nThe slowest files:\n');
  for (const { file, seconds } of slowest)
    process.stdout.write(`${seconds.toFixed(1).padStart(7)} s  ${relative(ROOT, file)}\n`);
}
// Once more at the end, since the first report of a failure is thousands of lines above.
for (const { name, place, error } of failures)
  process.stdout.write(`\nfailed: ${name}\n${place}\n${error}\n`);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
if (failed > 0) process.exitCode = 1;
