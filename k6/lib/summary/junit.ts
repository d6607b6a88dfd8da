import { escaped } from './escape.ts';
import { shownValue } from './numbers.ts';
import type { RunResult } from './run-result.ts';

interface Case {
  readonly group: 'thresholds' | 'checks';
  readonly name: string;
  /** undefined: it passed. */
  readonly failure: string | undefined;
}

/** The run as JUnit XML: each threshold and each check is a test case. */
export function junit(result: RunResult): string {
  const cases: Case[] = [
    ...result.thresholds.map(({ metric, rule, ok, value }) => ({
      group: 'thresholds' as const,
      name: `${metric} ${rule}`,
      failure: ok ? undefined : `it is ${shownValue(value)}`,
    })),
    ...result.checks.map(({ name, passes, fails }) => ({
      group: 'checks' as const,
      name,
      failure: fails === 0 ? undefined : `${fails} of ${passes + fails} answers broke it`,
    })),
  ];
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const counts = `tests="${cases.length}" failures="${failures}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="k6" ${counts}>
<testsuite name="${escaped(result.scenario)}" timestamp="${result.date}" time="${result.seconds.toFixed(3)}" ${counts}>
${cases.map((it) => testCase(result.scenario, it)).join('\n')}
</testsuite>
</testsuites>
`;
}

function testCase(scenario: string, { group, name, failure }: Case): string {
  const start = `<testcase classname="${escaped(`${scenario}.${group}`)}" name="${escaped(name)}"`;
  if (failure === undefined) return `${start}/>`;
  return `${start}><failure message="${escaped(failure)}"/></testcase>`;
}
