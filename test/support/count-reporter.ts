import type { TestEvent } from 'node:test/reporters';

/** Writes how many tests passed and failed. A skipped or unwritten test is a promise not kept: what did not
 * pass has failed. */
export default async function* countReporter(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of source) {
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue;
    const { passed, tests } = event.data.counts;
    yield JSON.stringify({ passed, failed: tests - passed });
  }
}
