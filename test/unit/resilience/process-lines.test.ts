import assert from 'node:assert/strict';
import { before, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { readConfig } from '#libs/config';
import { LastingTrouble, type LogSink, Outages, ProcessLogger, ResilienceEvents } from '#libs/resilience';
import { RequestContext, requestFields } from '#src/libs/logging/src/logging.module';
import { until } from '../../support/until.ts';

interface Line {
  readonly level: 'debug' | 'log' | 'warn' | 'error';
  readonly text: string;
  readonly request: Record<string, string>;
}

const lines: Line[] = [];

/** Takes what the service's logger gets: a text, or fields and then a text. */
function taking(level: Line['level']) {
  return (message: unknown, ...more: unknown[]) => {
    const text = typeof message === 'string' ? message : String(more[0]);
    lines.push({ level, text, request: requestFields() });
  };
}

const sink: LogSink = {
  debug: taking('debug'),
  log: taking('log'),
  warn: taking('warn'),
  error: taking('error'),
};

const refused = () =>
  Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' });
const texts = () => lines.map(({ text }) => text);

before(() => ProcessLogger.sendTo(() => sink));
beforeEach(() => {
  lines.length = 0;
});

describe('a logger of the process', () => {
  it('writes lines that carry no request id, at every level, also from within a request', async () => {
    const process = new ProcessLogger('Test');
    const done = Promise.withResolvers<void>();
    new RequestContext().run({ requestId: 'a' }, () => {
      for (const level of ['debug', 'log', 'warn', 'error'] as const) process[level](level);
      void pause(1).then(() => {
        process.warn('later');
        done.resolve();
      });
    });
    await done.promise;
    assert.deepEqual(texts(), ['debug', 'log', 'warn', 'error', 'later']);
    for (const { request } of lines) assert.deepEqual(request, {});
  });
});

describe('the lines of an outage', () => {
  const started = () => {
    const events = new ResilienceEvents();
    const { database, redis } = readConfig({
      DATABASE_URL: 'postgres://user:secret@db.example:6543/shop',
      REDIS_URL: 'redis://user:secret@cache.example',
    });
    return { events, outages: new Outages(events, database, redis) };
  };
  const opened = (cause: Error | null) => ({ dependency: 'postgres', to: 'open', cause }) as const;
  const closed = { dependency: 'postgres', to: 'closed', cause: null } as const;

  it('name the cause, the address and what clients see, and nothing secret', () => {
    const { events, outages } = started();
    events.emit('transition', opened(refused()));
    assert.equal(outages.isAway('postgres'), true);
    assert.equal(lines.length, 1);
    assert.match(
      texts()[0] ?? '',
      /^Postgres is unavailable at db\.example:6543 \(connect ECONNREFUSED .*503/,
    );
    assert.doesNotMatch(texts()[0] ?? '', /secret|user/);
    outages.onApplicationShutdown();
  });

  it('wait for the cause of a connection that was closed', async () => {
    const { events, outages } = started();
    events.emit('transition', { dependency: 'redis', to: 'open', cause: null });
    assert.deepEqual(lines, []);
    events.emit('unreachable', 'redis', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    assert.deepEqual(lines, []);
    events.emit('unreachable', 'redis', refused());
    assert.match(texts()[0] ?? '', /^Redis is unavailable at cache\.example:6379 \(connect ECONNREFUSED/);
    outages.onApplicationShutdown();
    await Promise.resolve();
  });

  it('come without it if none shows', async () => {
    const { events, outages } = started();
    events.emit('transition', opened(null));
    await until('it is logged', () => lines.length === 1);
    assert.match(texts()[0] ?? '', /\(CLOSED: the connection was closed\)/);
    outages.onApplicationShutdown();
  });

  it('are two for a dependency that flaps, however often', async () => {
    const { events, outages } = started();
    for (let n = 0; n < 5; n += 1) {
      events.emit('transition', opened(refused()));
      events.emit('unreachable', 'postgres', refused());
      events.emit('transition', closed);
      await pause(10);
    }
    assert.equal(lines.length, 1);
    await until('its end is logged', () => lines.length > 1);
    await pause(50);
    assert.equal(lines.length, 2);
    assert.match(texts()[1] ?? '', /^Postgres is available again after 0\.\d s$/);
    assert.equal(outages.isAway('postgres'), false);
  });

  it('are none of a check that succeeds while calls are skipped', async () => {
    const { events, outages } = started();
    events.emit('transition', opened(refused()));
    events.emit('reached', 'postgres');
    await pause(2_200);
    assert.equal(lines.length, 1);
    outages.onApplicationShutdown();
  });
});

describe('a trouble that lasts', () => {
  const made = (options: { isExplained?: () => boolean; patienceMs?: number }) =>
    new LastingTrouble(new ProcessLogger('Test'), {
      begun: (why) => `begun: ${why}`,
      over: () => 'over',
      ...options,
    });

  it('is logged once when it has lasted, and once when it is over', async () => {
    const trouble = made({ patienceMs: 100 });
    trouble.begin('first');
    trouble.begin('second');
    await until('it is logged', () => lines.length === 1);
    for (let n = 0; n < 5; n += 1) trouble.begin('third');
    trouble.end();
    trouble.end();
    assert.deepEqual(texts(), ['begun: second', 'over']);
  });

  it('is not logged if it was short, or is explained, until that is over', async () => {
    const short = made({});
    short.begin('short');
    short.end();
    let isExplained = true;
    const explained = made({ isExplained: () => isExplained, patienceMs: 100 });
    explained.begin('explained');
    await pause(1_200);
    assert.deepEqual(lines, []);
    isExplained = false;
    await until('it is logged', () => lines.length === 1);
    explained.end();
    assert.deepEqual(texts(), ['begun: explained', 'over']);
  });
});
