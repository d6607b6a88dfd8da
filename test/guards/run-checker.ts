import { runCommand } from '../support/run-command.ts';
import { CHECKED_GUARDS } from './checker-guards.ts';
import { ROOT, withoutGuard } from './without-guard.ts';

/** Long enough for each kind of fault to come several times. */
const SECONDS = 20;
const VIOLATED = 1;

async function verdictUnder(fault: string): Promise<{ code: number | null; output: string }> {
  const args = ['test/coherence/main.ts', '--seconds', `${SECONDS}`, '--seed', '5', '--only', fault];
  return runCommand(process.execPath, args, { cwd: ROOT, env: process.env });
}

/** Takes out each guard in turn: the checker has to count violations then, and none while nothing is taken out. */
let failed = 0;
const wanted = process.argv.slice(2);
const guards = CHECKED_GUARDS.filter(({ name }) => wanted.every((word) => name.includes(word)));
const tell = (passed: boolean, text: string, output: string) => {
  if (!passed) failed += 1;
  const why = output.split('\n').slice(-14).join('\n  ');
  process.stdout.write(`${passed ? '✔' : '✖'} ${text}\n${passed ? '' : `  ${why}\n`}`);
};
const faults = new Set(guards.map(({ fault }) => fault));
for (const fault of faults) {
  const { code, output } = await verdictUnder(fault);
  tell(code === 0, `nothing is violated under "${fault}" as long as nothing is taken out`, output);
}
for (const guard of guards) {
  const { code, output } = await withoutGuard(guard, () => verdictUnder(guard.fault));
  tell(code === VIOLATED, `without "${guard.name}", the checker counts violations`, output);
}
process.stdout.write(`${guards.length + faults.size - failed} passed, ${failed} failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
