import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { both, NOTHING_RUN, type Report } from './count-reporter.ts';

/** `npm test`, or `npm run test:faults`. */
export type TestRun = 'tests' | 'faults';

/** Test files that run with so many at once. */
interface Lane {
  readonly patterns: readonly string[];
  /** Patterns of files that the lane leaves out. */
  readonly without: readonly string[];
  /** Files at once, each in a process of its own; or all of them, one after the other, in one process. */
  readonly atOnce: number | 'in one process';
}

/** They start no service, and leave nothing behind that another one meets: to load the modules again takes longer than they do. */
const UNITS = ['test/unit/**/*.test.ts'];

/** Files that compare two services moment by moment, or measure times: beside others they would measure those. */
const ALONE = [
  'test/integration/{bench,http}/**/*.test.ts',
  'test/e2e/api/{cluster,fast-path*,warm-path}.test.ts',
  'test/e2e/{console/console,example/example}.test.ts',
];

/** Files that stop, pause and cut off servers, start fleets and workers, or fill disks and pipes: one at a time too. */
const FAULTS = [
  'test/e2e/{fleet,log,rollout,start,workers}/**/*.test.ts',
  'test/{coherence,faults}/**/*.test.ts',
];

/** Soaks and benchmarks have commands of their own. */
const LANES: Readonly<Record<TestRun, readonly Lane[]>> = {
  tests: [
    { patterns: UNITS, without: [], atOnce: 'in one process' },
    // Most of these files wait for servers more than they compute, so several run side by side.
    {
      patterns: ['test/{property,contracts,integration,e2e}/**/*.test.ts'],
      without: [...ALONE, ...FAULTS],
      atOnce: 3,
    },
    { patterns: ALONE, without: [], atOnce: 1 },
  ],
  faults: [{ patterns: FAULTS, without: [], atOnce: 1 }],
};

/** No test may hang the run: one that takes longer has failed. */
const TEST_TIMEOUT_MS = 120_000;

/**
 * Runs test files with Node's runner, shows each test, and counts. A run that died counts as one failure.
 *
 * @param run whose files, lane by lane, where no patterns are given
 */
export async function runTestFiles(
  root: string,
  run: TestRun,
  patterns: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Report> {
  const lanes = patterns.length > 0 ? [{ patterns, without: [], atOnce: 1 }] : LANES[run];
  let sum = NOTHING_RUN;
  for (const lane of lanes) sum = both(sum, await runLane(root, lane, environment));
  return sum;
}

/** The files of a run, relative to the root. */
export function filesOfRun(root: string, run: TestRun): readonly string[] {
  return LANES[run].flatMap((lane) => filesOf(root, lane));
}

async function runLane(root: string, lane: Lane, environment: NodeJS.ProcessEnv): Promise<Report> {
  const files = filesOf(root, lane);
  // Without a file Node's runner would look for tests of its own choice.
  if (files.length === 0) {
    process.stderr.write(`No test file matches ${lane.patterns.join(' ')}.\n`);
    return { ...NOTHING_RUN, failed: 1 };
  }
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-counts-'));
  const file = join(folder, 'counts.json');
  const args = [
    '--test',
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    lane.atOnce === 'in one process' ? '--test-isolation=none' : `--test-concurrency=${lane.atOnce}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'test/support/count-reporter.ts')}`,
    `--test-reporter-destination=${file}`,
    `--import=${pathToFileURL(join(root, 'test/support/exit-at-once.ts'))}`,
    '--enable-source-maps',
    ...files,
  ];
  // Each file is a process of its own, which would compile the same modules again.
  const env = { ...environment, NODE_COMPILE_CACHE: join(folder, 'compiled') };
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  const text = await readFile(file, 'utf8').catch(() => '');
  // A process that is ending may still write its compiled code there.
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  const report: Report = text === '' ? { ...NOTHING_RUN, failed: 1 } : JSON.parse(text);
  return code !== 0 && report.failed === 0 ? { ...report, failed: 1 } : report;
}

function filesOf(root: string, { patterns, without }: Lane): string[] {
  return globSync([...patterns], { cwd: root, exclude: [...without] });
}
