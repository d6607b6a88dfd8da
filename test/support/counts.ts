import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** Everything but the benchmarks and the support files; soaks have a command of their own. */
const ALL = ['test/{unit,property,contracts,integration,e2e,faults,coherence}/**/*.test.ts'];

/** No test may hang the run: what takes longer than this has failed. */
const TEST_TIMEOUT_MS = 120_000;

/** Runs test files with Node's runner, showing each test, and counts. A run that died counts as one failure. */
export async function countsOf(
  root: string,
  patterns: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Counts> {
  const folder = await mkdtemp(join(tmpdir(), 'hotshelf-counts-'));
  const file = join(folder, 'counts.json');
  const args = [
    '--test',
    `--test-timeout=${TEST_TIMEOUT_MS}`,
    '--test-reporter=spec',
    '--test-reporter-destination=stdout',
    `--test-reporter=${join(root, 'test/support/count-reporter.ts')}`,
    `--test-reporter-destination=${file}`,
    '--enable-source-maps',
    ...(patterns.length > 0 ? patterns : ALL),
  ];
  const child = spawn(process.execPath, args, { cwd: root, env: environment, stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  const text = await readFile(file, 'utf8').catch(() => '');
  await rm(folder, { recursive: true });
  const counts: Counts = text === '' ? { passed: 0, failed: 1 } : JSON.parse(text);
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}
