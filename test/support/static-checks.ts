import { join } from 'node:path';
import type { Report } from './count-reporter.ts';
import { runCommand } from './run-command.ts';

export const ROOT = join(import.meta.dirname, '../..');
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

export interface StaticCheck {
  /** What `npm run` calls it. */
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
}

export const BUILD: StaticCheck = {
  name: 'build',
  title: 'build',
  command: process.execPath,
  args: ['apps/local/src/build.ts'],
};

export const STATIC_CHECKS: readonly StaticCheck[] = [
  { name: 'types', title: 'types', command: bin('tsc'), args: ['--noEmit'] },
  {
    name: 'lint',
    title: 'lint and format',
    command: bin('biome'),
    args: ['ci', '--error-on-warnings', '.'],
  },
  {
    name: 'types',
    title: 'types of the load scenarios',
    command: bin('tsc'),
    args: ['--noEmit', '-p', 'k6'],
  },
  {
    name: 'arrows',
    title: 'arrows between the modules',
    command: bin('depcruise'),
    args: ['apps', 'libs', 'test', 'k6', '--config', '.dependency-cruiser.mjs'],
  },
  {
    name: 'lint:regex',
    title: 'regular expressions are linear',
    command: process.execPath,
    args: ['test/lint/linear-regexes.ts'],
  },
  {
    name: 'lint:words',
    title: 'words of the glossary',
    command: process.execPath,
    args: ['test/lint/words.ts'],
  },
  {
    name: 'lint:openapi',
    title: 'lint of the OpenAPI document',
    command: bin('redocly'),
    args: ['lint', '--config', 'docs/redocly.yaml'],
  },
];

/** No check sends a request to the network, not even for a newer version of itself. */
const ALONE = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };

/** The type checker takes as long as all others: beside them it costs no time. */
const AT_ONCE = 2;

/** Runs the checks, two at once, and shows the output of those that fail. */
export async function runStaticChecks(
  checks: readonly StaticCheck[],
): Promise<Pick<Report, 'passed' | 'failed'>> {
  const counts = { passed: 0, failed: 0 };
  const left = checks.values();
  const runner = async () => {
    for (const { title, command, args } of left) {
      const { code, output } = await runCommand(command, args, { cwd: ROOT, env: ALONE });
      process.stdout.write(`${code === 0 ? '✔' : '✖'} ${title}\n${code === 0 ? '' : output}`);
      counts[code === 0 ? 'passed' : 'failed'] += 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, runner));
  return counts;
}
