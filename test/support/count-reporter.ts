import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { inspect } from 'node:util';

/** What a run of test files came to. */
export interface Report {
  readonly passed: number;
  readonly failed: number;
  /** Each file with how long it took, in the order in which they ended. */
  readonly files: readonly { readonly file: string; readonly seconds: number }[];
  readonly failures: readonly Failure[];
}

/** A test that failed of itself, and not only since one within it did. */
export interface Failure {
  /** With the names of those around it. */
  readonly name: string;
  readonly place: string;
  readonly error: string;
}

export const NOTHING_RUN: Report = { passed: 0, failed: 0, files: [], failures: [] };

export function both(one: Report, other: Report): Report {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    files: [...one.files, ...other.files],
    failures: [...one.failures, ...other.failures],
  };
}

/** Writes a Report. A test that was skipped, or that is still to be written, has failed: it proves nothing. */
export default async function* countReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files: { file: string; seconds: number }[] = [];
  const failures: Failure[] = [];
  // The names around a test, by file: files that run side by side report in turns.
  const names = new Map<string | undefined, string[]>();
  for await (const { type, data } of source) {
    if (type === 'test:start') {
      const around = names.get(data.file)?.slice(0, data.nesting) ?? [];
      names.set(data.file, [...around, data.name]);
    } else if (type === 'test:fail') {
      const { failureType, cause } = data.details.error as Error & { failureType?: string };
      if (failureType === 'subtestsFailed') continue;
      const around = names.get(data.file)?.slice(0, data.nesting) ?? [];
      const place = `${relative(process.cwd(), data.file ?? '')}:${data.line ?? 1}`;
      failures.push({ name: [...around, data.name].join(' > '), place, error: inspect(cause) });
    } else if (type === 'test:summary') {
      const { counts, duration_ms: ms, file } = data;
      if (file !== undefined) files.push({ file, seconds: Math.round(ms / 100) / 10 });
      else
        yield JSON.stringify({
          passed: counts.passed,
          failed: counts.tests - counts.passed,
          files,
          failures,
        });
    }
  }
}
