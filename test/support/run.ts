import { relative } from 'node:path';
import { commandLine } from '../../apps/local/src/command-line.ts';
import type { Report } from './count-reporter.ts';
import { runTestFiles } from './lanes.ts';
import { ROOT, runStaticChecks, STATIC_CHECKS } from './static-checks.ts';

const USAGE = `npm test [-- files]

Builds, checks the sources, and runs every test on servers of its own; with files or patterns, runs those tests alone.
npm run check:servers runs the tier contract on Redis 7.0 and on Valkey 8.

  --help   this text

npm test -- 'test/faults/*.test.ts'`;

async function runTests(patterns: readonly string[]): Promise<Report> {
  // Imported after the build: it is compiled code.
  const { startTestServers } = await import('./test-servers.ts');
  const servers = await startTestServers(ROOT);
  if (servers.kind === 'unavailable') {
    process.stderr.write(
      `The tests need redis-server 7 or later. Install it, or run them where apt can fetch it.\n${servers.reason}\n`,
    );
    return { passed: 0, failed: 1, files: [] };
  }
  try {
    return await runTestFiles(ROOT, patterns, servers.environment);
  } finally {
    await servers.stop();
  }
}

const { words: patterns } = commandLine({ usage: USAGE, options: {}, words: true });
const checks = patterns.length > 0 ? STATIC_CHECKS.filter(({ name }) => name === 'build') : STATIC_CHECKS;
const fixed = await runStaticChecks(checks);
const tested = fixed.failed > 0 ? { passed: 0, failed: 0, files: [] } : await runTests(patterns);
const [passed, failed] = [fixed.passed + tested.passed, fixed.failed + tested.failed];
const SLOWEST = 10;
if (patterns.length === 0) {
  const slowest = tested.files.toSorted((one, other) => other.seconds - one.seconds).slice(0, SLOWEST);
  process.stdout.write('\nThe slowest files:\n');
  for (const { file, seconds } of slowest)
    process.stdout.write(`${seconds.toFixed(1).padStart(7)} s  ${relative(ROOT, file)}\n`);
}
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || tested.passed === 0 ? 1 : 0;
