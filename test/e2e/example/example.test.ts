import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { freePort } from '#src/apps/local/src/services';
import { type Catalogue, createDatabase } from '../../support/catalogue.ts';
import { answerOf, consoleExamples } from '../../support/console-examples.ts';
import { curlRunners } from '../../support/curl-command.ts';
import { endWithMe } from '../../support/end-with-me.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { until } from '../../support/until.ts';

const ROOT = join(import.meta.dirname, '../../..');
const BUILT = join(ROOT, 'dist/apps/example/src');
const SOURCES = join(ROOT, 'apps/example/src');
const PAGE = await readFile(join(ROOT, 'docs/tutorial.md'), 'utf8');

/** Blank lines and comments are no code. */
const isCode = (line: string) => !/^\s*(?:$|\/\/|\/?\*)/.test(line);

/** A source with the package in place of the libs: one import of all their names. */
function withPackages(source: string): string {
  const imports = [...source.matchAll(/^import \{ (.*) \} from '#libs\/[a-z-]+';\n/gm)];
  if (imports.length === 0) return source;
  const names = imports.flatMap(([, list = '']) => list.split(', '));
  const merged = imports.length > 1 ? names.toSorted((a, b) => a.localeCompare(b)) : names;
  const [first = ''] = imports[0] ?? [];
  const one = source.replace(first, `import { ${merged.join(', ')} } from '@hotshelf/nestjs';\n`);
  return imports.slice(1).reduce((text, [line]) => text.replace(line, ''), one);
}

interface Service {
  readonly url: string;
  readonly child: ChildProcess;
}

describe('a service of one’s own, built on the libs', () => {
  let database: Catalogue;
  let redis: RedisServer;
  let services: Service[];

  const run = (program: string, settings: Record<string, string>) => {
    const environment = { DATABASE_URL: database.url, REDIS_URL: redis.url, LOG_LEVEL: 'error' };
    const child = spawn(process.execPath, [join(BUILT, program)], {
      env: { PATH: process.env.PATH, NODE_ENV: 'production', ...environment, ...settings },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    endWithMe(child);
    return child;
  };
  const start = async (settings: Record<string, string> = {}): Promise<Service> => {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const child = run('main.js', { PORT: port, ...settings });
    await until('the service is ready', async () => (await fetch(`${url}/health/ready`)).ok);
    return { url, child };
  };
  const get = async ({ url }: Service, path: string) => {
    const response = await fetch(url + path);
    return {
      status: response.status,
      body: await response.json(),
      from: response.headers.get('cache-status'),
    };
  };
  const titleIn = async (service: Service) => (await get(service, '/articles/first')).body.title;
  const untilBoth = (what: string, holds: (service: Service) => Promise<boolean>) =>
    until(what, async () => (await Promise.all(services.map(holds))).every(Boolean));

  before(async () => {
    [database, redis] = await Promise.all([createDatabase(), startRedisServer()]);
    const migrating = run('migrate.js', {});
    assert.deepEqual(await once(migrating, 'exit'), [0, null]);
    services = await Promise.all([start(), start()]);
  });
  after(async () => {
    for (const { child } of services) {
      child.kill('SIGTERM');
      assert.deepEqual(await once(child, 'exit'), [0, null]);
    }
    await redis.stop();
    await database.drop();
  });

  it('has at most 60 lines of code, beside its test', async () => {
    const sources = (await readdir(SOURCES)).filter((file) => !file.endsWith('.test.ts'));
    const texts = sources.map((file) => readFile(join(SOURCES, file), 'utf8'));
    const lines = (await Promise.all(texts)).flatMap((text) => text.split('\n').filter(isCode));
    assert.ok(lines.length <= 60, `${lines.length} lines`);
  });

  it('is what the tutorial shows, and answers as it says', async () => {
    const blocks = [...PAGE.matchAll(/^```(ts|sql|console)\n([\s\S]*?)^```$/gm)];
    const [runner] = await curlRunners();
    const files: string[] = [];
    for (const [whole, kind, text = ''] of blocks) {
      if (kind === 'sql') await database.sql(text);
      if (kind === 'ts') {
        const [, file = '', code] = /^\/\/ (\S+)\n([\s\S]*)$/.exec(text) ?? [];
        const source = await readFile(join(ROOT, file), 'utf8');
        assert.equal(code, withPackages(source), file);
        files.push(file);
      }
      for (const shown of kind === 'console' ? consoleExamples(whole) : []) {
        const command = shown.command.replace(
          /localhost:300([01])/,
          (_, n) => services[Number(n)]?.url ?? '',
        );
        await until(`it is as shown: ${shown.command}`, async () => {
          const came = answerOf((await runner?.run(command, {})) ?? '');
          return came.status === shown.status && came.body === shown.body;
        });
      }
    }
    assert.equal(files.length, (await readdir(SOURCES)).length);
    await database.sql('DELETE FROM articles');
    await database.sql(`INSERT INTO articles (slug, author, title) VALUES ('first', 'ann', 'One')`);
    await untilBoth('it is there again', async (service) => (await titleIn(service)) === 'One');
  });

  it('serves a row from memory, with a validator, in each process', async () => {
    await untilBoth('it is a hit', async (service) => {
      const { body, from } = await get(service, '/articles/first');
      assert.deepEqual(body, { slug: 'first', author: 'ann', title: 'One' });
      assert.match(from ?? '', /hit/);
      return true;
    });
  });

  it('shows an UPDATE by another program in both processes within a second', async () => {
    await database.sql(`UPDATE articles SET title = 'Two' WHERE slug = 'first'`);
    const committedAtMs = performance.now();
    await untilBoth('both show it', async (service) => (await titleIn(service)) === 'Two');
    assert.ok(performance.now() - committedAtMs < 1_000);
  });

  it('shows a row that it answered 404 for before it was inserted, and in its author’s list', async () => {
    await untilBoth('it is absent', async (service) => (await get(service, '/articles/new')).status === 404);
    await untilBoth('the list is cached', async (service) => {
      const { body, from } = await get(service, '/authors/ann/articles');
      assert.deepEqual(body, ['first']);
      return /hit/.test(from ?? '');
    });
    await database.sql(`INSERT INTO articles (slug, author, title) VALUES ('new', 'ann', 'New')`);
    await untilBoth('both show it', async (service) => (await get(service, '/articles/new')).status === 200);
    await untilBoth('both list it', async (service) => {
      const { body } = await get(service, '/authors/ann/articles');
      return body.join() === 'first,new';
    });
  });

  it('takes a row off the list of the author that it had', async () => {
    await database.sql(`UPDATE articles SET author = 'bob' WHERE slug = 'new'`);
    const slugs = async (service: Service, author: string) =>
      (await get(service, `/authors/${author}/articles`)).body.join();
    await untilBoth('both moved it', async (service) => {
      return (await slugs(service, 'ann')) === 'first' && (await slugs(service, 'bob')) === 'new';
    });
  });

  it('shows what one process writes in that process at once, and in the other', async () => {
    const [first] = services;
    const response = await fetch(`${first?.url}/articles/first/title`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ title: 'Written' }),
    });
    assert.equal(response.status, 200);
    assert.equal(first && (await titleIn(first)), 'Written');
    await untilBoth('both show it', async (service) => (await titleIn(service)) === 'Written');
  });

  it('passes its own test, beside the processes that serve', async () => {
    const child = run('articles.test.js', {});
    assert.deepEqual(await once(child, 'exit'), [0, null]);
  });

  it('reads no variable of writers, whatever it says', async () => {
    const service = await start({ API_KEYS: 'no key at all' });
    assert.equal((await get(service, '/articles/first')).status, 200);
    service.child.kill('SIGTERM');
    assert.deepEqual(await once(service.child, 'exit'), [0, null]);
  });

  it('goes on reading, and sees changes, while Redis is away and when it is back', async () => {
    await redis.kill();
    for (const service of services) assert.equal((await get(service, '/articles/first')).status, 200);
    await database.sql(`UPDATE articles SET title = 'Three' WHERE slug = 'first'`);
    await untilBoth('both show it without Redis', async (service) => (await titleIn(service)) === 'Three');
    await redis.restart();
    await database.sql(`UPDATE articles SET title = 'Four' WHERE slug = 'first'`);
    await untilBoth('both show it with Redis', async (service) => (await titleIn(service)) === 'Four');
  });
});
