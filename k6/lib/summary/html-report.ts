import { escaped } from './escape.ts';
import { limitOf } from './limit.ts';
import { figure, type Plot } from './line-plot.ts';
import { shownCount, shownMs, shownShare, shownValue } from './numbers.ts';
import { hasPassed, type Row, type RunResult } from './run-result.ts';
import { STYLES } from './styles.ts';

/** The run on one page, in one file: nothing is loaded from anywhere. */
export function htmlReport(result: RunResult, notes: readonly string[] = []): string {
  const title = `Hotshelf: ${result.scenario}`;
  const sections = [
    verdict(result),
    conditions(result, notes),
    '<h2>Requests</h2>',
    requestTable(result),
    '<h2>Over time</h2>',
    `<div class="plots">${plots(result).map(figure).join('')}</div>`,
    '<h2>Thresholds</h2>',
    thresholdTable(result),
    '<h2>Checks</h2>',
    checkTable(result),
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLES}</style>
</head>
<body>
<h1>${escaped(title)}</h1>
${sections.join('\n')}
</body>
</html>
`;
}

function verdict(result: RunResult): string {
  return hasPassed(result) ? '<p class="met">Passed</p>' : '<p class="missed">Failed</p>';
}

function conditions(result: RunResult, notes: readonly string[]): string {
  const { settings, seconds, perSecond, askedPerSecond, dropped, cache } = result;
  const outcomes = Object.entries(cache).filter(([, count]) => count > 0);
  const entries: [string, string][] = [
    ['Date', result.date],
    ['Target', settings.baseUrl],
    ['Profile', settings.profile],
    ['Products', shownCount(settings.products)],
    [
      'Requests/s',
      `${shownCount(perSecond)} of ${shownCount(askedPerSecond)} asked for, over ${seconds.toFixed(0)} s`,
    ],
    ['Dropped', shownCount(dropped)],
    ['Limit', limitOf(result).text],
    ['Answered by', outcomes.map(([name, count]) => `${name} ${shownCount(count)}`).join(', ') || '–'],
    ...Object.entries(result.more).map(([name, value]): [string, string] => [name, shownValue(value)]),
    ...notes.map((note): [string, string] => ['Note', note]),
  ];
  return `<dl>${entries.map(([name, text]) => `<dt>${escaped(name)}</dt><dd>${escaped(text)}</dd>`).join('')}</dl>`;
}

function plots({ slices, all, kinds }: RunResult): Plot[] {
  const over = (of: (slice: RunResult['slices'][number]) => number) =>
    slices.map((slice): [number, number] => [slice.from + slice.seconds / 2, of(slice)]);
  const showX = (second: number) => `${Number(second.toFixed(1))} s`;
  return [
    {
      title: 'Throughput',
      about: 'requests per second: asked for, answered, failed',
      y: 'linear',
      showX,
      showY: shownCount,
      lines: [
        { name: 'asked for', tone: 6, points: over(({ asked }) => asked) },
        { name: 'answered', tone: 0, points: over(({ answered }) => answered) },
        { name: 'failed', tone: 1, points: over(({ failed, seconds }) => failed / seconds) },
      ],
    },
    {
      title: 'Latency over time',
      about: 'all requests; low is good',
      y: 'log',
      showX,
      showY: shownTick,
      lines: [
        { name: 'p99', tone: 1, points: over(({ p99 }) => p99) },
        { name: 'p50', tone: 0, points: over(({ p50 }) => p50) },
      ],
    },
    {
      title: 'Latency by percentile',
      about: 'each nine of the share as wide as the one before; low is good',
      y: 'log',
      showX: (nines) => (nines === 0 ? 'all' : `${Number(((1 - 10 ** -nines) * 100).toFixed(2))} %`),
      showY: shownTick,
      lines: [all, ...kinds].map((row, tone) => ({ name: row.name, tone: tone % 7, points: curve(row) })),
    },
  ];
}

const shownTick = (ms: number) => (ms >= 1_000 ? `${ms / 1_000} s` : `${Number(ms.toPrecision(1))} ms`);

/** Over how many nines of the requests a time is. */
function curve({ p50, p90, p99, p999 }: Row): [number, number][] {
  return [
    [Math.log10(2), p50],
    [1, p90],
    [2, p99],
    [3, p999],
  ];
}

type Cell = readonly [text: string, kind?: 'n' | 'met' | 'missed'];

function requestTable({ all, kinds }: RunResult): string {
  const rows = [all, ...kinds].map(({ name, requests, failed, p50, p99, p999, max }): Cell[] => [
    [name],
    [shownCount(requests), 'n'],
    [requests === 0 ? '–' : shownShare((requests - failed) / requests), 'n'],
    ...[p50, p99, p999, max].map((ms): Cell => [shownMs(ms), 'n']),
  ]);
  const head: Cell[] = [
    ['kind'],
    ...['requests', 'success rate', 'p50', 'p99', 'p99.9', 'max'].map((text): Cell => [text, 'n']),
  ];
  return table(head, rows);
}

function thresholdTable({ thresholds }: RunResult): string {
  const rows = thresholds.map(({ metric, rule, ok, value }): Cell[] => [
    ok ? ['met', 'met'] : ['missed', 'missed'],
    [metric],
    [rule],
    [shownValue(value), 'n'],
  ]);
  return table([[''], ['metric'], ['rule'], ['measured', 'n']], rows);
}

function checkTable({ checks }: RunResult): string {
  const rows = checks.map(({ name, passes, fails }): Cell[] => [
    fails === 0 ? ['kept', 'met'] : ['broken', 'missed'],
    [name],
    [shownCount(passes), 'n'],
    [shownCount(fails), 'n'],
  ]);
  return table([[''], ['check'], ['passes', 'n'], ['failures', 'n']], rows);
}

function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const cell = (tag: string, [text, kind]: Cell) =>
    `<${tag}${kind === undefined ? '' : ` class="${kind}"`}>${escaped(text)}</${tag}>`;
  const row = (tag: string, cells: readonly Cell[]) =>
    `<tr>${cells.map((it) => cell(tag, it)).join('')}</tr>`;
  return `<div class="wide"><table>${row('th', head)}${rows.map((cells) => row('td', cells)).join('')}</table></div>`;
}
