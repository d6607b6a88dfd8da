import { Random } from '../coherence/random.ts';
import { DescribedRequests } from './cases/described.ts';
import { readingCase, writingCase } from './cases/make-case.ts';
import type { FuzzCase } from './fuzz-case.ts';
import { judge, type Verdict, type Violation } from './lane.ts';
import type { Pair } from './services.ts';

const READING_LANES = 3;
/** More say nothing new; the run ends. */
const MAX_VIOLATIONS = 20;
/** A difference that the machine made (a pause of seconds) does not come twice. */
const ATTEMPTS = 3;
const SLOWEST = 12;

export interface FuzzReport {
  cases: number;
  aborted: number;
  /** Differences and hangs that did not come again when the same bytes were sent again. */
  once: Violation[];
  readonly families: Map<string, number>;
  readonly statuses: Map<number, number>;
  readonly violations: Violation[];
  /** Why a service is no longer there, if it is not. */
  crash: string | null;
  /** Those of the cases without a key that took longest, with no time-out of an unfinished request among them. */
  slowest: { readonly ms: number; readonly sent: FuzzCase }[];
}

/** Sends random cases to both services until the time is over. */
export async function runFuzz({ on, off }: Pair, seed: number, seconds: number): Promise<FuzzReport> {
  const report: FuzzReport = {
    cases: 0,
    aborted: 0,
    once: [],
    families: new Map(),
    statuses: new Map(),
    violations: [],
    crash: null,
    slowest: [],
  };
  const ports = [Number(new URL(on.url).port), Number(new URL(off.url).port)] as const;
  const endsAtMs = performance.now() + seconds * 1_000;
  const isOver = () =>
    performance.now() >= endsAtMs || report.violations.length >= MAX_VIOLATIONS || report.crash !== null;
  const described = new DescribedRequests(seed);
  const lane = async (n: number) => {
    const random = new Random(seed + n);
    while (!isOver()) {
      const sent = n === 0 ? writingCase(random, described) : readingCase(random);
      record(report, sent, await settled(ports, sent, report), n > 0);
      for (const api of [on, off])
        if (!isAlive(api.pid)) report.crash ??= `a service has ended: ${api.lines().slice(-5).join('\n')}`;
    }
  };
  await Promise.all(Array.from({ length: 1 + READING_LANES }, (_, n) => lane(n)));
  for (const api of [on, off])
    if (api.errorLines().length > 0)
      report.crash ??= `written to the error output: ${api.errorLines().slice(0, 5).join('\n')}`;
  return report;
}

/** What repeats is a violation. A 5xx is one at once. */
async function settled(
  ports: readonly [number, number],
  sent: FuzzCase,
  report: FuzzReport,
): Promise<Verdict> {
  let verdict = await judge(ports, sent);
  for (let attempt = 1; attempt < ATTEMPTS && verdict.kind === 'violation'; attempt += 1) {
    const { what } = verdict.violation;
    if (what.startsWith('5xx')) return verdict;
    const again = await judge(ports, sent);
    if (again.kind !== 'violation') report.once.push(verdict.violation);
    verdict = again;
  }
  return verdict;
}

function record(report: FuzzReport, sent: FuzzCase, verdict: Verdict, isKeyless: boolean): void {
  report.cases += 1;
  report.families.set(sent.family, (report.families.get(sent.family) ?? 0) + 1);
  if (verdict.kind === 'aborted') report.aborted += 1;
  if (verdict.kind === 'violation') report.violations.push(verdict.violation);
  if (verdict.kind !== 'same') return;
  for (const status of verdict.statuses) report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1);
  if (!isKeyless || sent.cuts.length > 0 || verdict.statuses.includes(408)) return;
  report.slowest.push({ ms: verdict.ms, sent });
  report.slowest.sort((one, other) => other.ms - one.ms);
  report.slowest.length = Math.min(report.slowest.length, SLOWEST);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
