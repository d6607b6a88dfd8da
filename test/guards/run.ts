import { runCommand } from '../support/run-command.ts';
import { ALL_GUARDS } from './all-guards.ts';
import type { Guard } from './guard.ts';
import { ROOT, withoutGuard } from './without-guard.ts';

/** Longer than any of the tests takes; a guard whose loss makes its test hang is missed too. */
const TIMEOUT_MS = 120_000;

async function isGreen(test: string): Promise<boolean> {
  const args = ['--test', '--test-force-exit', `--test-timeout=${TIMEOUT_MS}`, test];
  const { code } = await runCommand(process.execPath, args, { cwd: ROOT, env: process.env });
  return code === 0;
}

function isMissed(guard: Guard): Promise<boolean> {
  return withoutGuard(guard, async () => !(await isGreen(guard.test)));
}

/** Takes out each guard in turn: a test that stays green without the guard that it is there for tests nothing. */
let failed = 0;
const wanted = process.argv.slice(2);
const guards = ALL_GUARDS.filter(({ name }) => wanted.every((word) => name.includes(word)));
for (const test of new Set(guards.map((guard) => guard.test))) {
  if (await isGreen(test)) continue;
  failed += 1;
  process.stdout.write(`✖ ${test} is green as long as nothing is taken out\n`);
}
for (const guard of guards) {
  const missed = await isMissed(guard).catch((error: unknown) => String(error));
  if (missed !== true) failed += 1;
  process.stdout.write(`${missed === true ? '✔' : '✖'} without "${guard.name}", ${guard.test} goes red\n`);
  if (typeof missed === 'string') process.stdout.write(`  ${missed}\n`);
}
process.stdout.write(`${guards.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
