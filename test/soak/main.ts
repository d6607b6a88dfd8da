import { commandLine } from '../../apps/local/src/command-line.ts';
import { type CheckReport, check } from '../coherence/checker.ts';
import { describeReport } from '../coherence/report.ts';
import { SOAK } from '../support/commands.ts';
import { describeGrowth, isGrown } from './growth.ts';
import { ProcessSamples } from './process-samples.ts';

/** Processes that live through the whole run: one that was killed half-way could not show whether it grows. */
const SPARED = 2;
/** Of what was answered, at least so much must be what was asked for: a service that refuses all would be flat, and never wrong. */
const SERVED_SHARE = 0.5;

/** Random faults, with every answer judged, and what each process holds looked at. */
const { values } = commandLine(SOAK);
const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
if (!(minutes >= 1 && minutes <= 1_440 && seed >= 0)) {
  process.stderr.write(
    `--minutes must be a number from 1 to 1440, --seed one from 0: ${values.minutes}, ${values.seed}\n`,
  );
  process.exit(2);
}
// First of all: a run that breaks off has to be made again as well.
process.stdout.write(`${minutes} minutes of random faults, seed ${seed}\n`);
const samples = new ProcessSamples();
const options = { seconds: Math.round(minutes * 60), seed, cluster: false, only: '', spared: SPARED };
try {
  const report = await check(options, ({ apis }) => samples.watch(() => apis));
  samples.stop();
  process.stdout.write(describeReport(report, options));
  process.exitCode = judge(report) ? 0 : 1;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : error}\n`);
  process.stdout.write('0 passed, 1 failed: the run broke off\n');
  // Not by itself: what was started before the failure would keep it going. It ends with this process.
  process.exit(1);
}

function judge(report: CheckReport): boolean {
  const { grown, replaced } = samples.outcome();
  process.stdout.write(grown.map(describeGrowth).join(''));
  process.stdout.write(
    `${replaced} processes were killed, or came late, and are not judged by what they hold\n`,
  );
  const failures = [
    ...(report.violations.length > 0 ? [`${report.violations.length} violations`] : []),
    ...grown.filter(isGrown).map(({ pid }) => `process ${pid} has grown`),
    ...(grown.length < SPARED ? [`only ${grown.length} processes were there all the time`] : []),
    ...(servedShare(report) < SERVED_SHARE ? [`${Math.round(100 * servedShare(report))} % were served`] : []),
  ];
  process.stdout.write(
    failures.length === 0 ? '1 passed, 0 failed\n' : `0 passed, 1 failed: ${failures.join(', ')}\n`,
  );
  return failures.length === 0;
}

function servedShare({ statuses }: CheckReport): number {
  const asked = [...statuses.values()].reduce((sum, count) => sum + count, 0);
  return ((statuses.get(200) ?? 0) + (statuses.get(404) ?? 0)) / Math.max(1, asked);
}
