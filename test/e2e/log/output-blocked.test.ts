import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { type Api, runApiToItsEnd, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { until } from '../../support/until.ts';

const DROPPED = 'log_lines_dropped_total';

/** Fills a pipe and the buffers of two workers, at some 2,300 bytes a line. */
const REQUESTS = 1_000;
const AT_ONCE = 20;
const LONG_PATH = `/products/${'x'.repeat(2_000)}`;

/** In bytes; what a pipe holds on Linux. */
const CHUNK = 65_536;

/** A named pipe with a reader that reads on demand. */
class Pipe {
  readonly writeEnd: number;
  private readonly readEnd: number;
  private readonly folder = mkdtempSync(join(tmpdir(), 'hotshelf-log-'));

  constructor() {
    const path = join(this.folder, 'pipe');
    execFileSync('mkfifo', [path]);
    this.readEnd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    this.writeEnd = openSync(path, constants.O_WRONLY);
  }

  /** What is in it now. */
  read(): string {
    const bytes = Buffer.alloc(CHUNK);
    try {
      return bytes.toString('utf8', 0, readSync(this.readEnd, bytes));
    } catch {
      return '';
    }
  }

  closeReader(): void {
    closeSync(this.readEnd);
  }

  remove(): void {
    closeSync(this.writeEnd);
    rmSync(this.folder, { recursive: true });
  }
}

/** Asks for an address with a line of its own in the log, and then for a product. @returns the statuses */
async function askOften(api: Api): Promise<Set<number>> {
  const statuses = new Set<number>();
  const askInTurn = async () => {
    for (let n = 0; n < REQUESTS / AT_ONCE; n += 1) {
      const response = await fetch(api.url + LONG_PATH);
      statuses.add(response.status);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, askInTurn));
  statuses.add((await api.get('/products/prod-1')).status);
  return statuses;
}

/** Within its own limits, which are some seconds. */
async function endsWell(api: Api): Promise<void> {
  const startMs = performance.now();
  assert.equal(await api.stop('SIGTERM'), 0);
  const tookMs = performance.now() - startMs;
  assert.ok(tookMs < 8_000, `took ${tookMs} ms`);
}

describe('a service whose log output takes nothing', () => {
  let catalogue: Catalogue;
  let pipe: Pipe;
  let api: Api | undefined;

  before(async () => {
    catalogue = await createCatalogue(5);
  });
  beforeEach(() => {
    pipe = new Pipe();
  });
  afterEach(async () => {
    await api?.stop('SIGKILL');
    api = undefined;
    pipe.remove();
  });
  after(() => catalogue.drop());

  const settings = (more: Record<string, string> = {}) => ({
    DATABASE_URL: catalogue.url,
    LOG_SAMPLE_RATE: '1',
    ...more,
  });

  for (const workers of ['1', '2']) {
    it(`answers all requests, counts lost lines and ends when asked to, WORKERS=${workers}`, async () => {
      api = await startApi(settings({ WORKERS: workers }), [pipe.writeEnd, pipe.writeEnd]);
      assert.deepEqual(await askOften(api), new Set([400, 200]));
      assert.ok((await api.metric(DROPPED)) > 0);
      await endsWell(api);
    });
  }

  it('writes whole lines again once it is read, and says how many are missing', async () => {
    api = await startApi(settings(), [pipe.writeEnd, 'pipe']);
    await askOften(api);
    const dropped = await api.metric(DROPPED);
    let text = '';
    await until('it says what is missing', () => {
      text += pipe.read();
      return text.includes('log lines dropped');
    });
    await endsWell(api);
    text += pipe.read();
    const lines = text.trimEnd().split('\n');
    const parsed = lines.map((line) => JSON.parse(line) as { msg: string; dropped?: number });
    const missing = parsed.filter(({ msg }) => msg.startsWith('log lines dropped'));
    // The scrape itself is logged at debug level only.
    assert.deepEqual(
      missing.map((line) => line.dropped),
      [dropped],
    );
    assert.equal(parsed.filter(({ msg }) => msg === 'answered').length, REQUESTS + 1 - dropped);
  });

  it('goes on when the disk is full', async () => {
    const full = openSync('/dev/full', 'w');
    try {
      api = await startApi(settings({ WORKERS: '2' }), [full, full]);
      assert.deepEqual(await askOften(api), new Set([400, 200]));
      assert.ok((await api.metric(DROPPED)) > 0);
      await endsWell(api);
    } finally {
      closeSync(full);
    }
  });

  it('goes on when the reader has closed the pipe', async () => {
    api = await startApi(settings(), [pipe.writeEnd, pipe.writeEnd]);
    pipe.closeReader();
    assert.deepEqual(await askOften(api), new Set([400, 200]));
    assert.ok((await api.metric(DROPPED)) > 0);
    await endsWell(api);
  });

  it("goes on if Node's warnings are not read", async () => {
    const warn = 'setInterval(() => process.emitWarning("w".repeat(1000)), 1).unref()';
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(warn)}`;
    api = await startApi(settings({ NODE_OPTIONS }), [pipe.writeEnd, pipe.writeEnd]);
    assert.deepEqual(await askOften(api), new Set([400, 200]));
    await endsWell(api);
  });

  it('says on standard error why it cannot start', async () => {
    const full = openSync('/dev/full', 'w');
    try {
      api = await startApi(settings());
      const { code, output } = await runApiToItsEnd(settings({ PORT: new URL(api.url).port }), full);
      assert.equal(code, 1);
      assert.match(output, /PORT must be free/);
    } finally {
      closeSync(full);
    }
  });
});
