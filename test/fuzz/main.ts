import { commandLine } from '../../apps/local/src/command-line.ts';
import { CHECK_FUZZ } from '../support/commands.ts';
import { dearest, describeCosts, measureCosts } from './cost/measure-costs.ts';
import { slowestCosts } from './cost/slowest-costs.ts';
import { describeCase } from './fuzz-case.ts';
import type { Violation } from './lane.ts';
import { normalised } from './normalised.ts';
import { type FuzzReport, runFuzz } from './run-fuzz.ts';
import { startPair } from './services.ts';

/** Of what did not come again. */
const SHOWN = 3;

const say = (line: string) => process.stdout.write(`${line}\n`);

const { values } = commandLine(CHECK_FUZZ);
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes > 0 && minutes <= 1_440 && Number.isInteger(seed) && seed >= 0)) {
  process.stderr.write(
    `--minutes must be a number above 0 and up to 1440, --seed a whole number from 0: ${values.minutes}, ${values.seed}\n`,
  );
  process.exit(2);
}
say(`${minutes} minutes, seed ${seed}: the same bytes to two services, HTTP_FAST_PATH on and off`);
const pair = await startPair();
try {
  const report = await runFuzz(pair, seed, minutes * 60);
  describe(report);
  const faults = report.crash === null ? await costFaults(report) : [];
  const failures = [
    ...(report.violations.length > 0 ? [`${report.violations.length} violations`] : []),
    ...(report.crash === null ? [] : [report.crash]),
    ...faults,
  ];
  say(failures.length === 0 ? '1 passed, 0 failed' : `0 passed, 1 failed: ${failures.join('; ')}`);
  process.exitCode = failures.length === 0 ? 0 : 1;
} finally {
  await pair.stop();
}

function describe({ cases, aborted, once, families, statuses, violations }: FuzzReport): void {
  const listed = (counts: ReadonlyMap<string | number, number>) =>
    [...counts]
      .sort(([one], [other]) => String(one).localeCompare(String(other)))
      .map(([name, count]) => `${count} × ${name}`)
      .join(', ');
  say(`${cases} cases to both services, ${aborted} of them aborted: ${listed(families)}`);
  say(`answers of one service: ${listed(statuses)}`);
  say(`differences or hangs that did not come again: ${once.length}`);
  for (const violation of once.slice(0, SHOWN)) describeViolation(violation);
  say(`violations: ${violations.length}`);
  for (const violation of violations) describeViolation(violation);
}

/** Both answers from a little before the first byte in which they differ. */
function describeViolation({ what, sent, on, off }: Violation): void {
  say(`\n${what}\n  ${describeCase(sent)}`);
  const [one, other] = [normalised(on), normalised(off)];
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const from = one === other ? 0 : Math.max(0, at - 100);
  for (const [path, text] of [
    ['on', one],
    ['off', other],
  ] as const)
    say(`  ${path}, from byte ${from}: ${JSON.stringify(text.slice(from, from + 700))}`);
}

/** The CPU time of each kind of request, and of the cases that took longest, against that of a hit. */
async function costFaults({ slowest }: FuzzReport): Promise<string[]> {
  if (values['skip-costs']) return [];
  const server = { port: Number(new URL(pair.on.url).port), pid: pair.on.pid };
  const costs = await measureCosts(server);
  say(`\n${describeCosts(costs)}`);
  say(await slowestCosts(server, slowest, costs.hit.usPerRequest));
  return dearest(costs).map(({ name, usPerRequest }) => {
    return `${name} costs ${(usPerRequest / costs.hit.usPerRequest).toFixed(1)} hits`;
  });
}
