import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { describe, it } from 'node:test';
import { ConfigError, READ_SLICES, readConfig } from '#libs/config';

const REQUIRED = { DATABASE_URL: 'postgres://shop:hunter2@db.example:5432/shop' };

function complaintsOf(environment: Record<string, string>): string {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return assert.fail('the environment was accepted');
}

describe('the configuration', () => {
  it('needs nothing but a database', () => {
    const config = readConfig(REQUIRED);
    assert.equal(config.server.port, 3000);
    assert.deepEqual(config.redis.server, { kind: 'absent' });
    assert.equal(config.cache.l1MaxBytes, 64 * 1_048_576);
    assert.equal(config.cache.freshMs, 300_000);
  });

  it('refuses to start without a database, naming the variable', () => {
    assert.match(complaintsOf({}), /^DATABASE_URL must be a URL postgres:.*it is not set.*no default/);
  });

  it('names the variable, the rule, the value and the default of a wrong number', () => {
    assert.equal(
      complaintsOf({ ...REQUIRED, PORT: '70000' }),
      'PORT must be a whole number from 0 to 65535 (0 picks a free port); it is "70000". Default: 3000.',
    );
  });

  it('reports every wrong variable at once', () => {
    const lines = complaintsOf({ ...REQUIRED, PORT: 'x', LOG_LEVEL: 'loud', CACHE_FRESH_TTL: '5 minutes' });
    assert.deepEqual(
      lines.split('\n').map((line) => line.split(' ')[0]),
      ['PORT', 'LOG_LEVEL', 'CACHE_FRESH_TTL'],
    );
  });

  it('never prints a secret, not even a wrong one', () => {
    assert.ok(!complaintsOf({ DATABASE_URL: 'mysql://shop:hunter2@db/shop' }).includes('hunter2'));
  });

  for (const [text, ms] of [
    ['250ms', 250],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['7', 7_000],
  ] as const) {
    it(`reads the duration ${text} as ${ms} ms`, () => {
      assert.equal(readConfig({ ...REQUIRED, CACHE_FRESH_TTL: text }).cache.freshMs, ms);
    });
  }

  for (const text of ['', '-1s', '1 s', '1d', 'NaN', 'Infinity', '0s', '25h', '1e3']) {
    it(`refuses the duration ${JSON.stringify(text)}`, () => {
      assert.match(
        complaintsOf({ ...REQUIRED, CACHE_FRESH_TTL: text }),
        /^CACHE_FRESH_TTL must be a duration/,
      );
    });
  }

  for (const [text, bytes] of [
    ['65536', 65_536],
    ['128KiB', 131_072],
    ['64MiB', 67_108_864],
    ['1GiB', 1_073_741_824],
  ] as const) {
    it(`reads the size ${text} as ${bytes} bytes`, () => {
      assert.equal(readConfig({ ...REQUIRED, CACHE_L1_MAX_BYTES: text }).cache.l1MaxBytes, bytes);
    });
  }

  for (const text of ['1', '64MB', '-64MiB', '64 MiB', '9999999999GiB']) {
    it(`refuses the size ${text}`, () => {
      assert.match(
        complaintsOf({ ...REQUIRED, CACHE_L1_MAX_BYTES: text }),
        /^CACHE_L1_MAX_BYTES must be a size/,
      );
    });
  }

  it('takes a number of workers, or one a processor', () => {
    assert.equal(readConfig(REQUIRED).process.workers, 1);
    assert.equal(readConfig({ ...REQUIRED, WORKERS: '4' }).process.workers, 4);
    const auto = Math.min(availableParallelism(), 64);
    assert.equal(readConfig({ ...REQUIRED, WORKERS: 'auto' }).process.workers, auto);
  });

  for (const text of ['0', '65', '-1', '2.5', 'all', '']) {
    it(`refuses ${JSON.stringify(text)} workers`, () => {
      assert.match(
        complaintsOf({ ...REQUIRED, WORKERS: text }),
        /^WORKERS must be a whole number from 1 to 64, or auto/,
      );
    });
  }

  it('bounds the heap of a worker only if configured', () => {
    assert.equal(readConfig(REQUIRED).process.workerMaxHeapBytes, null);
    const { process } = readConfig({ ...REQUIRED, WORKER_MAX_HEAP: '256MiB' });
    assert.equal(process.workerMaxHeapBytes, 268_435_456);
    assert.match(
      complaintsOf({ ...REQUIRED, WORKER_MAX_HEAP: '1MiB' }),
      /^WORKER_MAX_HEAP must be a size of at least/,
    );
  });

  it('refuses a lease that a load may outlive', () => {
    assert.equal(
      complaintsOf({ ...REQUIRED, CACHE_LEASE_TTL: '2s', DATABASE_LOAD_TIMEOUT: '2s' }),
      'CACHE_LEASE_TTL must be longer than DATABASE_LOAD_TIMEOUT; it is 2000ms, against 2000ms. Default: 3s.',
    );
  });

  it('reads several URLs of Redis as a cluster', () => {
    const { redis } = readConfig({ ...REQUIRED, REDIS_URL: 'redis://a:1,redis://b:2' });
    assert.deepEqual(redis.server, { kind: 'cluster', urls: ['redis://a:1', 'redis://b:2'] });
  });

  it('takes an empty REDIS_URL for no Redis and refuses one of another kind', () => {
    assert.deepEqual(readConfig({ ...REQUIRED, REDIS_URL: '' }).redis.server, { kind: 'absent' });
    assert.match(
      complaintsOf({ ...REQUIRED, REDIS_URL: 'http://localhost' }),
      /^REDIS_URL must be a URL redis:/,
    );
  });

  it('refuses a name that is written almost like a setting', () => {
    for (const [name, setting] of [
      ['CACHE_FRESHTTL', 'CACHE_FRESH_TTL'],
      ['cache_fresh_ttl', 'CACHE_FRESH_TTL'],
      ['CACHE_FRESH_TTLS', 'CACHE_FRESH_TTL'],
      ['CAHCE_FRESH_TTL', 'CACHE_FRESH_TTL'],
      ['REDIS_URI', 'REDIS_URL'],
      ['LOG_LEVLE', 'LOG_LEVEL'],
      ['SHED_LOAD', 'SHED_LOADS'],
    ] as const)
      assert.equal(
        complaintsOf({ ...REQUIRED, [name]: '1s' }),
        `${name} is not a setting; did you mean ${setting}?`,
      );
  });

  it('accepts what platforms and other programs set under the same prefixes', () => {
    readConfig({
      ...REQUIRED,
      DATABASE_URI: 'set beside DATABASE_URL',
      DATABASE_URL_2: 'likewise',
      REDIS_PORT: 'tcp://10.0.0.7:6379',
      REDIS_PORT_6379_TCP: 'tcp://10.0.0.7:6379',
      REDIS_SERVICE_HOST: '10.0.0.7',
      REDIS_TLS_URL: 'rediss://10.0.0.7:6380',
      HTTP_PROXY: 'http://proxy:3128',
      http_proxy: 'http://proxy:3128',
      NODE_OPTIONS: '--max-old-space-size=256',
      NODE_PATH: '/usr/lib',
      API_KEY: "another program's",
      LOGNAME: 'shop',
      HOSTNAME: 'shop-1',
      WORKERS_DEV: '1',
    });
  });

  it('of some slices reads their variables alone', () => {
    const config = readConfig({ ...REQUIRED, API_KEYS: 'no key', LOG_LEVEL: 'warn' }, ['database', 'log']);
    assert.deepEqual(Object.keys(config), ['database', 'log']);
    assert.equal(config.log.level, 'warn');
    assert.throws(() => readConfig({ LOG_LEVEL: 'warn' }, ['database', 'log']), /DATABASE_URL/);
    assert.deepEqual(Object.keys(readConfig({}, ['server'])), ['server']);
  });

  for (const [settings, sampleRate, allUpTo] of [
    [{ NODE_ENV: 'production' }, 0.01, 0],
    [{ NODE_ENV: 'development' }, 0.01, 100],
    [{ NODE_ENV: 'test' }, 1, 0],
    [{ NODE_ENV: 'development', LOG_SAMPLE_RATE: '0.5' }, 0.5, 0],
  ] as const)
    it(`logs a share of ${sampleRate}, and all of ${allUpTo} a second, with ${JSON.stringify(settings)}`, () => {
      const { log } = readConfig({ ...REQUIRED, ...settings }, ['database', 'log']);
      assert.deepEqual([log.sampleRate, log.allUpTo], [sampleRate, allUpTo]);
    });

  it('of a service that only reads has no keys of writers', () => {
    assert.ok(!('access' in readConfig(REQUIRED, READ_SLICES)));
  });
});
