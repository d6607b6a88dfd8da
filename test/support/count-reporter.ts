import type { TestEvent } from 'node:test/reporters';

/** What a run of test files came to. */
export interface Report {
  readonly passed: number;
  readonly failed: number;
  /** Each file with how long it took, in the order in which they ended. */
  readonly files: readonly { readonly file: string; readonly seconds: number }[];
}

/** Writes a Report. A test that was skipped, or that is still to be written, has failed: it proves nothing. */
export default async function* countReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const files: { file: string; seconds: number }[] = [];
  for await (const event of source) {
    if (event.type !== 'test:summary') continue;
    const { counts, duration_ms: ms, file } = event.data;
    if (file !== undefined) files.push({ file, seconds: Math.round(ms / 100) / 10 });
    else yield JSON.stringify({ passed: counts.passed, failed: counts.tests - counts.passed, files });
  }
}
