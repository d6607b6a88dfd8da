import type { Plan } from '../plan.ts';
import type { Settings } from '../settings.ts';
import { closingMarkdown, closingTable } from './closing-table.ts';
import { comparison } from './compare.ts';
import { htmlReport } from './html-report.ts';
import { junit } from './junit.ts';
import { type RunResult, runResultOf } from './run-result.ts';
import type { SummaryData } from './summary-data.ts';

/** Where results go by default: beside the scenarios, wherever k6 was started. */
const RESULTS = import.meta.resolve('../../results/').replace(/^file:\/\//, '');

export interface SummaryOptions {
  /** A scenario's own metrics to show, each with its statistic. */
  readonly more?: Readonly<Record<string, string>>;
  /** Says more about a run than its figures. */
  notes?(result: RunResult): readonly string[];
}

/**
 * A scenario's handleSummary(): the closing table on the terminal, and four files in RESULTS, named after the scenario:
 * JSON, JUnit XML, Markdown, and a page with plots.
 */
export function summaryOf(plan: Plan, settings: Settings, { more, notes }: SummaryOptions = {}) {
  const earlier = earlierResult(settings.against);
  return (data: SummaryData): Record<string, string> => {
    const result = runResultOf(data, plan, settings, more);
    // setup() has said why.
    if (result.all.requests === 0)
      return { stdout: `\n  ${plan.scenario}: NOT RUN, nothing was measured\n\n` };
    const remarks = notes?.(result) ?? [];
    const compared = earlier === undefined ? '' : comparison(settings.against ?? '', earlier, result);
    const file = `${(settings.results ?? RESULTS).replace(/\/$/, '')}/${plan.scenario}`;
    return {
      stdout: closingTable(result, remarks) + compared,
      [`${file}.json`]: `${JSON.stringify(result, null, 2)}\n`,
      [`${file}.xml`]: junit(result),
      [`${file}.md`]: closingMarkdown(result, remarks),
      [`${file}.html`]: htmlReport(result, remarks),
    };
  };
}

/** k6 opens files while it loads the script; only its first runtime needs this one, the one that makes the summary too. */
function earlierResult(path: string | undefined): RunResult | undefined {
  if (path === undefined || __VU !== 0) return undefined;
  return JSON.parse(open(path)) as RunResult;
}
