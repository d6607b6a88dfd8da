import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ConfigError, readConfig, VARIABLES } from '#libs/config';

const URL_TEXT = 'postgres://shop:hunter2@db.example:5432/shop';
const SECRET = [
  ...['DATABASE_URL', 'DATABASE_DIRECT_URL', 'REDIS_URL', 'API_KEYS', 'CONSOLE_KEYS'],
  'OTEL_EXPORTER_OTLP_HEADERS',
];

function complaintsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message.split('\n');
  }
  return assert.fail('the environment was accepted');
}

describe('a secret in a file', () => {
  let folder: string;
  const file = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hotshelf-secret-files-'));
  });
  after(() => rm(folder, { recursive: true }));

  it('is possible for each secret setting, and for no other', async () => {
    const secret = Object.entries(VARIABLES).flatMap(([name, { secret }]) => (secret ? name : []));
    assert.deepEqual(secret.toSorted(), SECRET.toSorted());
    const port = await file('port', '4000');
    assert.equal(readConfig({ DATABASE_URL: URL_TEXT, PORT_FILE: port }).server.port, 3000);
  });

  it('is read without the line end behind it', async () => {
    for (const end of ['', '\n', '\r\n', '\n\n']) {
      const { database } = readConfig({ DATABASE_URL_FILE: await file('url', URL_TEXT + end) });
      assert.equal(database.url, URL_TEXT);
    }
  });

  it('gives keys, Redis and headers too', async () => {
    const config = readConfig({
      DATABASE_URL: URL_TEXT,
      REDIS_URL_FILE: await file('redis', 'redis://:secret@cache:6379\n'),
      API_KEYS_FILE: await file('keys', `shop:${'ab'.repeat(32)}\n`),
      OTEL_EXPORTER_OTLP_HEADERS_FILE: await file('headers', 'x-key=1\n'),
    });
    assert.deepEqual(config.redis.server, { kind: 'single', url: 'redis://:secret@cache:6379' });
    assert.equal(config.access.apiKeys.length, 1);
    assert.deepEqual(config.tracing.headers, { 'x-key': '1' });
  });

  it('is refused beside the value itself, naming both variables', async () => {
    assert.deepEqual(
      complaintsOf({ DATABASE_URL: URL_TEXT, DATABASE_URL_FILE: await file('url', URL_TEXT) }),
      ['DATABASE_URL and DATABASE_URL_FILE are both set; set one of them.'],
    );
  });

  it('counts an empty variable as one that is not set', async () => {
    const config = readConfig({
      DATABASE_URL: URL_TEXT,
      DATABASE_URL_FILE: '',
      API_KEYS: '',
      API_KEYS_FILE: await file('keys', `shop:${'ab'.repeat(32)}`),
    });
    assert.equal(config.access.apiKeys.length, 1);
  });

  it('is refused if its file is missing, empty, too large or no file, naming variable and file', async () => {
    const missing = join(folder, 'missing');
    const empty = await file('empty', '\n');
    const large = await file('large', 'x'.repeat(65_537));
    const must = 'DATABASE_URL_FILE must name a file that holds the value of DATABASE_URL;';
    for (const [path, fault] of [
      [missing, 'cannot be read (ENOENT)'],
      [empty, 'is empty'],
      [large, 'is larger than 64 KiB'],
      [folder, 'is not a regular file'],
      ['/dev/zero', 'is not a regular file'],
    ] as const)
      assert.deepEqual(complaintsOf({ DATABASE_URL_FILE: path }), [`${must} ${path} ${fault}.`]);
  });

  it('is not printed if it breaks its rule; the variable and the file are', async () => {
    const path = await file('url', 'mysql://shop:hunter2@db/shop');
    const [complaint = ''] = complaintsOf({ DATABASE_URL_FILE: path });
    assert.match(complaint, /^DATABASE_URL must be a URL postgres:/);
    assert.ok(complaint.includes(`its value (not shown), from ${path}, does not match`), complaint);
    assert.ok(!complaint.includes('hunter2'));
  });

  it('is found if the name of its variable is misspelt', () => {
    assert.match(complaintsOf({ DATABASE_URLFILE: 'x' })[0] ?? '', /did you mean DATABASE_URL_FILE\?/);
  });
});
