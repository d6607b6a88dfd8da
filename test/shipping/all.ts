import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { commandLine, USAGE_ERROR } from '../../apps/local/src/command-line.ts';

const USAGE = `npm run check:shipping

Runs check:terraform, check:arch, check:manifests, test:arm64, check:image and check:packages, one after the other, and adds
up what they report. A check that this machine or this user cannot run is named and not counted; one that fails, cannot fetch its
packages or takes too long on a machine that is not overloaded counts as failed.

  --help        this text`;
commandLine({ usage: USAGE, options: {} });

/** Each check with the time that it may take on a busy machine of two cores, packages not yet fetched. */
const CHECKS: Readonly<Record<string, number>> = {
  'check:terraform': 60_000,
  'check:arch': 60_000,
  'check:manifests': 120_000,
  'test:arm64': 240_000,
  'check:image': 300_000,
  'check:packages': 300_000,
};

type Outcome =
  | { readonly kind: 'counted'; readonly passed: number; readonly failed: number }
  | { readonly kind: 'notRun' }
  | { readonly kind: 'unfinished' };

/** More to do than twice the processors: the clock then measures the other work, and a slow check is no failed one. */
const isOverloaded = () => (loadavg()[0] ?? 0) > 2 * availableParallelism();

async function outcomeOf(name: string, limitMs: number): Promise<Outcome> {
  // A group of its own: npm leaves what it started running when it is ended alone.
  const child = spawn('npm', ['run', '--silent', name], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk;
      process.stdout.write(chunk);
    });
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    process.kill(-Number(child.pid), 'SIGKILL');
  }, limitMs);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  if (isLate) process.stdout.write(`${name} was ended after ${limitMs / 1_000} s\n`);
  if (isLate && isOverloaded()) return { kind: 'unfinished' };
  if (code === USAGE_ERROR) return { kind: 'notRun' };
  const [, passed = 0, failed = 0] = /^(\d+) passed, (\d+) failed$/m.exec(output)?.map(Number) ?? [];
  // A check that ended without its counts has failed, whatever it printed before.
  return { kind: 'counted', passed, failed: code === 0 ? failed : Math.max(failed, 1) };
}

let [passed, failed] = [0, 0];
const lines: string[] = [];
for (const [name, limitMs] of Object.entries(CHECKS)) {
  process.stdout.write(`\n▶ ${name}\n`);
  const startedAt = performance.now();
  const outcome = await outcomeOf(name, limitMs);
  const took = `${((performance.now() - startedAt) / 1_000).toFixed(0)} s`;
  if (outcome.kind === 'notRun') lines.push(`– ${name} cannot run here (${took}): its reason stands above`);
  else if (outcome.kind === 'unfinished')
    lines.push(`– ${name} did not end within ${took}: the machine has more to do than it can; not judged`);
  else {
    passed += outcome.passed;
    failed += outcome.failed;
    lines.push(`${outcome.failed === 0 ? '✔' : '✖'} ${name} (${took})`);
  }
}
process.stdout.write(`\n${lines.join('\n')}\n\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
