import { ensureBuilt } from '../../apps/local/src/build.ts';
import { commandLine } from '../../apps/local/src/command-line.ts';
import { ROOT } from '../support/static-checks.ts';
import { findMarkers } from './markers.ts';
import { type MutantTree, makeMutantTree } from './mutants.ts';
import { CHECKED_GUARDS, GUARDS } from './table.ts';

const USAGE = `npm run check:guards [-- words]
npm run check:guards:checker [-- words]

Takes out each guard in turn and expects its test to fail, or the coherence checker to count violations. Words choose the
guards whose name contains all of them. The guards are marked in the source; test/guards/table.ts lists their tests.

  --checker   the guards that the coherence checker holds
  --list      prints the guards, their files and their tests, and runs nothing
  --help      this text`;

/** Longer than any of the tests takes; a test that hangs without its guard has noticed. */
const TEST_TIMEOUT_MS = 120_000;
/** Long enough for each kind of fault to come several times. */
const CHECKER_SECONDS = 20;

const { words, values } = commandLine({
  usage: USAGE,
  options: { checker: { type: 'boolean', default: false }, list: { type: 'boolean', default: false } },
  words: true,
});
const markers = new Map(findMarkers().map((marker) => [marker.name, marker]));
const guards = Object.entries(values.checker ? CHECKED_GUARDS : GUARDS).flatMap(([name, test]) =>
  test !== null && words.every((word) => name.includes(word)) ? [{ name, test }] : [],
);

if (guards.length === 0) {
  process.stderr.write(
    `There is no guard whose name contains ${words.map((word) => `"${word}"`).join(' and ')}.\n`,
  );
  process.exitCode = 2;
} else if (values.list) {
  for (const { name, test } of guards)
    process.stdout.write(`${name}\n  ${markers.get(name)?.file}\n  ${test}\n`);
} else {
  process.exitCode = (await checkGuards()) ? 0 : 1;
}

/** A test that stays green without the guard that it holds tests nothing. */
async function checkGuards(): Promise<boolean> {
  if (!(await ensureBuilt())) return false;
  const { requireTestServers } = await import('../support/test-servers.ts');
  const servers = await requireTestServers(ROOT);
  const tree = await makeMutantTree(servers.environment);
  let failed = 0;
  const report = (passed: boolean, text: string, output = '') => {
    process.stdout.write(`${passed ? '✔' : '✖'} ${text}\n`);
    if (passed) return;
    failed += 1;
    process.stdout.write(`${output.trimEnd().split('\n').slice(-15).join('\n')}\n`);
  };
  try {
    for (const test of new Set(guards.map((guard) => guard.test))) {
      const { verdict, output } = await run(tree, test);
      report(verdict === 'green', `${test}: green with all guards`, output);
    }
    for (const { name, test } of guards) {
      const marker = markers.get(name);
      if (marker === undefined) {
        report(false, `${name}: it has no marker`);
        continue;
      }
      const { verdict, output } = await tree.without(marker, () => run(tree, test));
      report(verdict === 'red', `${test}: red without ${name}`, output);
    }
  } finally {
    await tree.remove();
    await servers.stop();
  }
  process.stdout.write(`${guards.length} guards, ${failed} failed\n`);
  return failed === 0;
}

/** @param test a file, or with `--checker` a fault */
async function run(tree: MutantTree, test: string): Promise<{ verdict: string; output: string }> {
  const args = values.checker
    ? ['test/coherence/main.ts', '--seconds', `${CHECKER_SECONDS}`, '--seed', '5', '--only', test]
    : ['--test', '--test-force-exit', `--test-timeout=${TEST_TIMEOUT_MS}`, test];
  const { code, output } = await tree.node(args);
  // The checker exits with 2 if it could not be run.
  const isRed = values.checker ? code === 1 : code !== 0;
  return { verdict: code === 0 ? 'green' : isRed ? 'red' : 'broken', output };
}
