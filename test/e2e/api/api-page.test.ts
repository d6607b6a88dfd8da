import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answerOf, type ConsoleExample, consoleExamples } from '../../support/console-examples.ts';
import { curlRunners } from '../../support/curl-command.ts';
import { METHODS, OPEN_API } from '../../support/documented/documented-routes.ts';
import { type RedisServer, startRedisServer } from '../../support/redis-server.ts';
import { WRITER_KEY } from '../../support/writer-key.ts';

const PAGE = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');
const EXAMPLES = consoleExamples(PAGE);
const RUNNERS = await curlRunners();

/** Each answer has its own. */
const OF_THE_ANSWER = new Set(['x-request-id', 'etag', 'age', 'cache-status', 'ratelimit-reset']);
const OF_THE_BODY = new Set([
  'last_updated',
  'request_id',
  'latency_ms',
  'checked_ms_ago',
  'entries',
  'bytes',
  'cursor',
]);

/** A value as it is, but for what each answer has of its own: of that the type. */
const shapeOf = (json: string) =>
  JSON.parse(json, (name, value) => (OF_THE_BODY.has(name) ? typeof value : value));

function assertAsShown(shown: ConsoleExample, came: Omit<ConsoleExample, 'command'>): void {
  assert.equal(came.status, shown.status, came.body);
  for (const [name, value] of Object.entries(shown.headers)) {
    assert.ok(name in came.headers, `there is no ${name}`);
    if (!OF_THE_ANSWER.has(name)) assert.equal(came.headers[name], value, name);
  }
  if (shown.body !== '') assert.deepEqual(shapeOf(came.body), shapeOf(shown.body));
}

describe('the page of the API', () => {
  it('has a section for each route, with an example', () => {
    const routes = Object.entries(OPEN_API.paths).flatMap(([path, operations]) =>
      METHODS.filter((method) => method in operations).map((method) => ({
        method: method.toUpperCase(),
        path,
      })),
    );
    const headings = PAGE.split('\n').filter((line) => line.startsWith('## '));
    for (const { method, path } of routes) {
      const heading = headings.find(
        (line) => line.startsWith(`## ${method} `) && line.split(/[ ,?]+/).includes(path),
      );
      assert.ok(heading !== undefined, `${method} ${path} has no section`);
      const section = PAGE.split(`${heading}\n`)[1]?.split('\n## ')[0] ?? '';
      assert.ok(consoleExamples(section).length > 0, `${method} ${path} has no example`);
    }
  });
});

for (const runner of RUNNERS) {
  describe(`the page of the API, its commands run by ${runner.name}`, () => {
    let catalogue: Catalogue;
    let redis: RedisServer;
    let api: Api;
    let tag = '';

    before(async () => {
      [catalogue, redis] = await Promise.all([createCatalogue(0), startRedisServer()]);
      await catalogue.sql(`INSERT INTO categories (id, name) VALUES ('lighting', 'Lighting')`);
      await catalogue.sql(`DELETE FROM categories WHERE id <> 'lighting'`);
      await catalogue.sql(`
      INSERT INTO products (id, name, price, stock, category_id)
      VALUES ('lamp-1', 'Walnut Desk Lamp', 49.9, 12, 'lighting'), ('lamp-2', 'Brass Floor Lamp', 129, 3, 'lighting')`);
      await catalogue.sql('DELETE FROM outbox');
      api = await startApi({ DATABASE_URL: catalogue.url, REDIS_URL: redis.url });
    });
    after(async () => {
      await api.stop();
      await redis.stop();
      await catalogue.drop();
    });

    // One after the other, as on the page: what one makes the next one changes.
    for (const example of EXAMPLES) {
      it(`shows what comes of ${example.command.split('\n')[0]}`, async () => {
        const command = example.command.replaceAll('localhost:3000', new URL(api.url).host);
        const came = answerOf(await runner.run(command, { KEY: WRITER_KEY, TAG: tag }));
        assertAsShown(example, came);
        tag = came.headers['etag'] ?? tag;
      });
    }
  });
}
