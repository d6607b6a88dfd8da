import { shownCount, shownMs, shownShare } from './numbers.ts';
import type { RunResult } from './run-result.ts';

/** One figure of two runs. */
export interface Change {
  readonly name: string;
  readonly before: string;
  readonly now: string;
  /** Now divided by before; undefined if there was nothing before. */
  readonly ratio: number | undefined;
}

/** Two runs differ by this much without a cause. */
const NOISE = 0.1;

/** Figures of a run beside those of an earlier one. */
export function changesBetween(before: RunResult, now: RunResult): Change[] {
  const figure = (
    name: string,
    of: (run: RunResult) => number,
    shown: (value: number) => string,
  ): Change => ({
    name,
    before: shown(of(before)),
    now: shown(of(now)),
    ratio: of(before) > 0 ? of(now) / of(before) : undefined,
  });
  return [
    figure('requests', ({ all }) => all.requests, shownCount),
    figure('success rate', ({ all }) => (all.requests - all.failed) / Math.max(1, all.requests), shownShare),
    figure('requests/s', ({ perSecond }) => perSecond, shownCount),
    figure('dropped', ({ dropped }) => dropped, shownCount),
    ...timesOf(before, now).flatMap((name) => [
      figure(`${name} p50`, (run) => rowOf(run, name)?.p50 ?? 0, shownMs),
      figure(`${name} p99`, (run) => rowOf(run, name)?.p99 ?? 0, shownMs),
      figure(`${name} p99.9`, (run) => rowOf(run, name)?.p999 ?? 0, shownMs),
    ]),
  ];
}

/** Settings that differ: figures of other loads are not comparable. */
export function otherSettings(before: RunResult, now: RunResult): string[] {
  const [ours, theirs] = [settingsOf(now), settingsOf(before)];
  return Object.entries(ours).flatMap(([name, value]) =>
    theirs[name] === value ? [] : [`${name} was ${theirs[name] ?? 'not set'}, is ${value}`],
  );
}

export function comparison(name: string, before: RunResult, now: RunResult): string {
  const lines = changesBetween(before, now).map((change) => {
    const ratio = change.ratio === undefined ? '' : `× ${change.ratio.toFixed(2)}`;
    const mark = change.ratio !== undefined && Math.abs(change.ratio - 1) > NOISE ? ' *' : '';
    return `  ${change.name.padEnd(16)}${change.before.padStart(12)}  →${change.now.padStart(12)}  ${ratio}${mark}`;
  });
  const others = otherSettings(before, now).map((text) => `  not the same load: ${text}`);
  return `  against ${name} (${before.date}); * differs by more than a tenth\n${[...others, ...lines].join('\n')}\n\n`;
}

function settingsOf({ scenario, settings }: RunResult): Record<string, string> {
  const { rate, seconds, products, profile } = settings;
  return { scenario, RATE: `${rate}`, DURATION: `${seconds}s`, PRODUCTS: `${products}`, PROFILE: profile };
}

function rowOf({ all, kinds }: RunResult, name: string) {
  return name === 'all' ? all : kinds.find((row) => row.name === name);
}

/** Kinds that both runs have. */
function timesOf(before: RunResult, now: RunResult): string[] {
  const names = now.kinds.map(({ name }) => name).filter((name) => rowOf(before, name) !== undefined);
  return ['all', ...names];
}
