import { limitOf } from './limit.ts';
import { shownCount, shownMs, shownShare, shownValue } from './numbers.ts';
import { hasPassed, type Row, type RunResult } from './run-result.ts';

const HEAD = ['', 'requests', 'success rate', 'p50', 'p99', 'p99.9', 'max'] as const;

/** What the run ends with on the terminal. */
export function closingTable(result: RunResult, notes: readonly string[] = []): string {
  const lines = [
    '',
    title(result),
    '',
    ...aligned([[...HEAD], ...rowsOf(result).map(cellsOf)]),
    '',
    ...facts(result, notes).map(([name, text]) => `${name.padEnd(11)}  ${text}`),
    '',
    ...brokenRules(result).map((text) => `  broken rule   ${text}`),
    ...thresholdLines(result),
    '',
  ];
  return `${lines.map((line) => `  ${line}`.trimEnd()).join('\n')}\n`;
}

/** The same in Markdown, for the summary of a workflow run. */
export function closingMarkdown(result: RunResult, notes: readonly string[] = []): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const broken = result.thresholds.filter(({ ok }) => !ok);
  return [
    `### ${title(result)}`,
    '',
    line(HEAD),
    line(HEAD.map((_, n) => (n === 0 ? '---' : '---:'))),
    ...rowsOf(result).map((row) => line(cellsOf(row))),
    '',
    ...facts(result, notes).map(([name, text]) => `- **${name}** ${text}`),
    ...brokenRules(result).map((text) => `- **broken rule** ${text}`),
    ...broken.map(({ metric, rule, value }) => `- **broken** \`${metric}\` ${rule}: ${shownValue(value)}`),
    '',
    '',
  ].join('\n');
}

function title(result: RunResult): string {
  const { scenario, settings } = result;
  const verdict = hasPassed(result) ? 'PASSED' : 'FAILED';
  return `${scenario}: ${verdict}  (${settings.baseUrl}, profile ${settings.profile})`;
}

function rowsOf({ all, kinds }: RunResult): readonly Row[] {
  return [all, ...kinds];
}

function cellsOf({ name, requests, failed, p50, p99, p999, max }: Row): string[] {
  const success = requests === 0 ? '–' : shownShare((requests - failed) / requests);
  return [name, shownCount(requests), success, ...[p50, p99, p999, max].map(shownMs)];
}

/** @returns the lines below the table */
function facts(result: RunResult, notes: readonly string[]): [string, string][] {
  const { perSecond, askedPerSecond, seconds, dropped, cache, more } = result;
  const counts = Object.entries(cache).filter(([, count]) => count > 0);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const shares = counts.map(([name, count]) => `${name} ${((count / total) * 100).toFixed(1)} %`);
  return [
    [
      'requests/s',
      `${shownCount(perSecond)} of ${shownCount(askedPerSecond)} asked for, over ${seconds.toFixed(0)} s`,
    ],
    ['dropped', shownCount(dropped)],
    ['answered by', shares.join(', ') || '–'],
    ['limit', limitOf(result).text],
    ...Object.entries(more).map(([name, value]): [string, string] => [name, shownValue(value)]),
    ...notes.map((note): [string, string] => ['note', note]),
  ];
}

/** A broken rule of a body has a check of its own, which never passes. */
function brokenRules({ checks }: RunResult): string[] {
  return checks
    .filter(({ fails }) => fails > 0)
    .map(({ name, passes, fails }) => `${name}: ${shownCount(fails)} of ${shownCount(passes + fails)}`);
}

function thresholdLines({ thresholds }: RunResult): string[] {
  const cells = thresholds.map(({ metric, rule, ok, value }) => [
    ok ? '✓' : '✗',
    metric,
    rule,
    shownValue(value),
  ]);
  return aligned(cells, 3);
}

/** @param words how many of the first columns are aligned to the left */
function aligned(rows: readonly (readonly string[])[], words = 1): string[] {
  const widths = (rows[0] ?? []).map((_, n) => Math.max(...rows.map((row) => (row[n] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, n) => (n < words ? cell.padEnd(widths[n] ?? 0) : cell.padStart(widths[n] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
