import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Api, startApi } from '../support/api.ts';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { type OwnPostgres, startOwnPostgres } from '../support/own-postgres.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { untilUsesRedis } from '../support/uses-redis.ts';

const PRODUCTS = 20;
const RETRY_MS = 50;
/** Postgres is away meanwhile, and the breaker open. */
const CAUGHT_UP_MS = 60_000;

/** Follows the feed as a client does: it connects again with the id of the last event that it got. */
class Follower {
  readonly api: Api;
  /** The versions of each product, in the order of their arrival. */
  readonly seen = new Map<string, number[]>();
  lastId = '';
  connections = 0;
  readonly unexpected: string[] = [];
  private readonly stopping = new AbortController();
  private readonly ended: Promise<void>;

  constructor(api: Api) {
    this.api = api;
    this.ended = this.follow();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async follow(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.connect().catch(() => undefined);
      await pause(RETRY_MS);
    }
  }

  private async connect(): Promise<void> {
    const headers = { accept: 'text/event-stream', ...(this.lastId && { 'last-event-id': this.lastId }) };
    const query = this.lastId === '' ? '?since=now' : '';
    const response = await fetch(`${this.api.url}/changes${query}`, {
      headers,
      signal: this.stopping.signal,
    });
    if (response.status !== 200) {
      if (response.status !== 503) this.unexpected.push(`${response.status} ${await response.text()}`);
      else await response.body?.cancel();
      return;
    }
    this.connections += 1;
    let rest = '';
    for await (const text of (response.body as ReadableStream).pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) this.take(part);
    }
  }

  private take(event: string): void {
    this.lastId = /^id: (.*)$/m.exec(event)?.[1] ?? this.lastId;
    const data = /^data: (.*)$/m.exec(event)?.[1];
    if (data === undefined) return;
    const { resource, id, version } = JSON.parse(data) as { resource: string; id: string; version: number };
    if (resource === 'product') this.seen.set(id, [...(this.seen.get(id) ?? []), version]);
  }
}

/** Changes products one after another, and notes what was committed. */
class Writer {
  readonly committed = new Map<string, number[]>();
  failures = 0;
  private readonly url: string;
  private stopping = false;
  private readonly ended: Promise<void>;

  constructor(url: string) {
    this.url = url;
    this.ended = this.write();
  }

  get count(): number {
    return [...this.committed.values()].flat().length;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await this.ended;
  }

  private async write(): Promise<void> {
    for (let n = 0; !this.stopping; ) {
      const client = new pg.Client({
        connectionString: this.url,
        query_timeout: 1_000,
        connectionTimeoutMillis: 1_000,
      });
      client.on('error', () => undefined);
      try {
        await client.connect();
        for (; !this.stopping; n += 1) {
          const { rows } = await client.query<{ id: string; version: string }>(
            'UPDATE products SET stock = stock + 1 WHERE id = $1 RETURNING id, version',
            [`prod-${n % PRODUCTS}`],
          );
          for (const { id, version } of rows)
            this.committed.set(id, [...(this.committed.get(id) ?? []), Number(version)]);
        }
      } catch {
        this.failures += 1;
        await pause(RETRY_MS);
      } finally {
        void client.end().catch(() => undefined);
      }
    }
  }
}

describe('a reader of the change feed', () => {
  let postgres: OwnPostgres;
  let proxy: TcpProxy;
  let catalogue: Catalogue;
  let redis: RedisServer;
  let api: Api;

  before(async () => {
    // What was committed is there after a crash.
    [postgres, redis] = await Promise.all([
      startOwnPostgres({ synchronous_commit: 'on', fsync: 'on' }),
      startRedisServer(),
    ]);
    proxy = await startTcpProxy(postgres.url);
    const url = Object.assign(new URL(postgres.url), { port: String(proxy.port) });
    catalogue = await createCatalogue(PRODUCTS, url.href);
    api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    await untilUsesRedis(api);
  });
  after(async () => {
    await api.stop('SIGKILL');
    await proxy.stop();
    await redis.stop();
    await postgres.stop();
  });

  it('loses nothing and gets nothing out of order while Redis and Postgres stop and come back', async (context) => {
    const follower = new Follower(api);
    await until('it has a place to begin at', () => follower.connections > 0);
    const writer = new Writer(catalogue.url);
    const untilMore = (what: string) => {
      const before = writer.count;
      return until(`changes are committed ${what}`, () => writer.count > before + 50);
    };
    const has = (id: string) => new Set(follower.seen.get(id));
    const missing = () =>
      [...writer.committed].flatMap(([id, versions]) => versions.filter((each) => !has(id).has(each)));
    await untilMore('before');
    await redis.kill();
    await untilMore('without Redis');
    await redis.restart();
    postgres.pause();
    const { failures } = writer;
    await until('a change is given up', () => writer.failures > failures);
    postgres.resume();
    await untilMore('after a pause');
    await postgres.kill();
    await postgres.restart();
    proxy.leadTo(postgres.port);
    await untilMore('after a crash');
    redis.pause();
    await untilMore('beside a Redis that is silent');
    redis.resume();
    await writer.stop();
    await until('it has all that was committed', () => missing().length === 0, CAUGHT_UP_MS);
    await follower.stop();
    assert.deepEqual(follower.unexpected, []);
    for (const [id, versions] of follower.seen) {
      const firsts = [...new Set(versions)];
      assert.deepEqual(
        firsts,
        firsts.toSorted((a, b) => a - b),
        id,
      );
    }
    context.diagnostic(`${writer.count} changes, ${follower.connections} connections`);
    assert.ok(writer.count > 200);
  });
});
