import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../support/run-command.ts';
import { CACHE_GUARDS } from './cache-guards.ts';
import { COHERENCE_GUARDS } from './coherence-guards.ts';
import type { Guard } from './guard.ts';
import { PROCESS_GUARDS } from './process-guards.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Longer than any of the tests takes; a guard whose loss makes its test hang is missed too. */
const TIMEOUT_MS = 60_000;

async function isGreen(test: string): Promise<boolean> {
  const args = ['--test', '--test-force-exit', `--test-timeout=${TIMEOUT_MS}`, test];
  const { code } = await runCommand(process.execPath, args, { cwd: ROOT, env: process.env });
  return code === 0;
}

async function isMissed(guard: Guard): Promise<boolean> {
  const file = join(ROOT, 'dist', guard.file);
  const whole = await readFile(file, 'utf8');
  const [before, after, ...more] = whole.split(guard.text);
  if (after === undefined || more.length > 0)
    throw new Error(`the guard does not stand once in ${guard.file}`);
  try {
    await writeFile(file, `${before}${guard.without}${after}`);
    return !(await isGreen(guard.test));
  } finally {
    await writeFile(file, whole);
  }
}

/** Takes out each guard in turn: a test that stays green without the guard that it is there for tests nothing. */
let failed = 0;
const wanted = process.argv.slice(2);
const guards = [...CACHE_GUARDS, ...COHERENCE_GUARDS, ...PROCESS_GUARDS].filter(({ name }) =>
  wanted.every((word) => name.includes(word)),
);
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
