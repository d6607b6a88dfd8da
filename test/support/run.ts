import { join } from 'node:path';
import { type Counts, countsOf } from './counts.ts';
import { runCommand } from './run-command.ts';

const ROOT = join(import.meta.dirname, '../..');
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

/** What has to hold before a server is started; each counts as one test. */
const STATIC_CHECKS = [
  { name: 'build', command: process.execPath, args: ['apps/local/bin/build.ts'] },
  { name: 'lint and format', command: bin('biome'), args: ['ci', '--error-on-warnings', '.'] },
  { name: 'types', command: bin('tsc'), args: ['--noEmit'] },
  { name: 'types of the load scenarios', command: bin('tsc'), args: ['--noEmit', '-p', 'k6'] },
  {
    name: 'arrows between the modules',
    command: bin('depcruise'),
    args: ['apps', 'libs', 'test', 'k6', '--config', '.dependency-cruiser.mjs'],
  },
  { name: 'lint of the OpenAPI document', command: bin('redocly'), args: ['lint'] },
];

/** No check asks the network for anything, not even whether there is a newer one. */
const ALONE = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

async function runStatic(): Promise<Counts> {
  const counts = { passed: 0, failed: 0 };
  for (const { name, command, args } of STATIC_CHECKS) {
    const { code, output } = await runCommand(command, args, { cwd: ROOT, env: ALONE });
    process.stdout.write(`${code === 0 ? '✔' : '✖'} ${name}\n${code === 0 ? '' : output}`);
    if (code === 0) counts.passed += 1;
    else counts.failed += 1;
    if (code !== 0 && name === 'build') break;
  }
  return counts;
}

async function runTests(patterns: readonly string[]): Promise<Counts> {
  // Only now: it is compiled code, which the build has just made.
  const { startTestServers } = await import('./test-servers.ts');
  const servers = await startTestServers(ROOT);
  if (servers.kind === 'unavailable') {
    process.stderr.write(
      `The tests need redis-server 7 or later. Install it, or run them where apt can fetch it.\n${servers.reason}\n`,
    );
    return { passed: 0, failed: 1 };
  }
  try {
    return await countsOf(ROOT, patterns, servers.environment);
  } finally {
    await servers.stop();
  }
}

const patterns = process.argv.slice(2);
const fixed = patterns.length > 0 ? { passed: 0, failed: 0 } : await runStatic();
const tested = fixed.failed > 0 ? { passed: 0, failed: 0 } : await runTests(patterns);
const [passed, failed] = [fixed.passed + tested.passed, fixed.failed + tested.failed];
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 || tested.passed === 0 ? 1 : 0;
