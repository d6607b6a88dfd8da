import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { both, NOTHING_RUN, type Report } from './count-reporter.ts';

/** Test files that run with so many at once. */
interface Lane {
  readonly patterns: readonly string[];
  /** Patterns of files that the lane leaves out. */
  readonly without: readonly string[];
  readonly atOnce: number;
}

/** Files that compare two services moment by moment, fill disks and pipes, or draw a page: beside others they would measure those. */
const ALONE = [
  'test/integration/{bench,http}/**/*.test.ts',
  'test/e2e/api/{cluster,fast-path*,generated,product-walk,request-log,warm-*}.test.ts',
  'test/e2e/{console,example,fleet,log,rollout,start,workers}/**/*.test.ts',
  'test/{coherence,faults}/**/*.test.ts',
];

/**
 * Everything but the benchmarks and the support files; soaks have a command of their own. Most files wait for servers more
 * than they compute, so several run side by side.
 */
const LANES: readonly Lane[] = [
  {
    patterns: ['test/{unit,property,contracts,integration}/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    without: ALONE,
    atOnce: 3,
  },
  { patterns: ALONE, without: [], atOnce: 1 },
];

/** No test may hang the run: one that takes longer has failed. */
const TEST_TIMEOUT_MS = 120_000;

/**
 * Runs test files with Node's runner, shows each test, and counts. A run that died counts as one failure.
 *
 * @param patterns files; none for all of them, lane by lane
 */
export async function runTestFiles(
  root: string,
  patterns: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Report> {
  const lanes = patterns.length > 0 ? [{ patterns, without: [], atOnce: 1 }] : LANES;
  let sum = NOTHING_RUN;
  for (const lane of lanes) sum = both(sum, await runLane(root, lane, environment));
  return sum;
}

async function runLane(
  root: string,
  { patterns, without, atOnce }: Lane,
  environment: NodeJS.ProcessEnv,
): Promise<Report> {
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-counts-'));
  const file = join(folder, 'counts.json');
  const args = [
    '--test',
    `--test-concurrency=${atOnce}`,
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'test/support/count-reporter.ts')}`,
    `--test-reporter-destination=${file}`,
    '--enable-source-maps',
    ...filesOf(root, patterns, without),
  ];
  const child = spawn(process.execPath, args, { cwd: root, env: environment, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  const text = await readFile(file, 'utf8').catch(() => '');
  await rm(folder, { recursive: true });
  const report: Report = text === '' ? { ...NOTHING_RUN, failed: 1 } : JSON.parse(text);
  return code !== 0 && report.failed === 0 ? { ...report, failed: 1 } : report;
}

function filesOf(root: string, patterns: readonly string[], without: readonly string[]): string[] {
  if (without.length === 0) return [...patterns];
  return globSync([...patterns], { cwd: root, exclude: [...without] });
}
