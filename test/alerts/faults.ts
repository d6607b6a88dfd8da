import { commandLine } from '../../apps/local/src/command-line.ts';
import { endOnSignals } from '../bench/processes/end-on-signals.ts';
import { countsOf } from '../faults/table/outcome.ts';
import { CHECK_FAULTS } from '../support/commands.ts';
import { until } from '../support/until.ts';
import { BREAKS } from './breaks.ts';
import { EXPECTED, type Expected, type FaultName, IGNORED } from './expected-alerts.ts';
import { setStage } from './stage.ts';

// Breaks each dependency of a real service under a light load, with a real Prometheus scraping it, and checks which alerts
// fire, that no others do, and that all are over once the fault is. The rules are those of docker/prometheus; a minute of
// their windows is a second here.

const { only } = commandLine(CHECK_FAULTS).values;
const FIRE_TIMEOUT_MS = 60_000;
const RESOLVE_TIMEOUT_MS = 120_000;
/** The longest window and the longest patience of an alert that is not ignored, 15 minutes each. */
const QUIET_MS = 30_000;

endOnSignals();
const stage = await setStage();

const nameOf = ({ alertname = '', dependency }: Readonly<Record<string, string>>) =>
  [alertname, ...(dependency === undefined ? [] : [dependency])].join(' ');

let failed = 0;
const check = (isMet: boolean, text: string) => {
  if (!isMet) failed += 1;
  process.stdout.write(`  ${isMet ? '✔' : '✖'} ${text}\n`);
};
const secondsSince = (ms: number) => `${((performance.now() - ms) / 1_000).toFixed(1)} s`;

/** Runs one fault and prints what fired, and after how long. */
async function run(name: FaultName): Promise<void> {
  const expected: Expected = EXPECTED[name];
  const { mayFire } = expected;
  const firing = async () => {
    const names = (await stage.prometheus.firing()).map(nameOf);
    return new Set(names.filter((alert) => expected.fires.includes(alert) || !IGNORED.has(alert)));
  };
  process.stdout.write(`${name}\n`);
  let slow: string[] = [];
  const isQuiet = async () => {
    slow = [...(await firing())];
    return slow.every((alert) => IGNORED.has(alert));
  };
  await until('nothing fires', isQuiet, RESOLVE_TIMEOUT_MS);
  for (const alert of slow)
    process.stdout.write(`  · ${alert} fires already, so it shows nothing: the machine is slow\n`);
  const fires = expected.fires.filter((alert) => !slow.includes(alert));
  const seen = new Map<string, string>();
  const beganAtMs = performance.now();
  const look = async () => {
    const now = await firing();
    for (const alert of now) if (!seen.has(alert)) seen.set(alert, secondsSince(beganAtMs));
    return now;
  };
  const end = await BREAKS[name](stage);
  await until(
    'all alerts fire',
    async () => {
      await look();
      return fires.every((alert) => seen.has(alert));
    },
    FIRE_TIMEOUT_MS,
  ).catch(() => undefined);
  const endedAtMs = performance.now();
  await end();
  let still = new Set<string>();
  const isOver = await until(
    'all alerts are over',
    async () => {
      // One that says that the machine is slow ends when the machine is fast enough.
      still = new Set([...(await look())].filter((alert) => !IGNORED.has(alert)));
      return still.size === 0 && (fires.length > 0 || performance.now() - endedAtMs >= QUIET_MS);
    },
    RESOLVE_TIMEOUT_MS,
  ).then(
    () => true,
    () => false,
  );
  process.stdout.write(
    `  · ${countsOf(stage.answers().filter(({ askedAtMs }) => askedAtMs >= beganAtMs))}\n`,
  );
  for (const alert of fires)
    check(seen.has(alert), `${alert} fires${seen.has(alert) ? ` after ${seen.get(alert)}` : ''}`);
  const more = [...seen].filter(([alert]) => !expected.fires.includes(alert));
  const unexpected = more.filter(([alert]) => !mayFire.includes(alert)).map(([alert]) => alert);
  check(
    unexpected.length === 0,
    `no alert that does not belong to it${unexpected.length > 0 ? `: ${unexpected}` : ''}`,
  );
  if (more.length > 0)
    process.stdout.write(`    also: ${more.map(([alert, after]) => `${alert} (${after})`).join(', ')}\n`);
  check(
    isOver,
    isOver ? `all are over ${secondsSince(endedAtMs)} after the fault` : `still firing: ${[...still]}`,
  );
}

for (const name of Object.keys(EXPECTED) as FaultName[]) if (name.includes(only)) await run(name);
await stage.stop();
process.stdout.write(failed === 0 ? 'every fault was seen\n' : `${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
