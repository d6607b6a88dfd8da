import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { answerOf, OPEN_API } from '../../support/documented/documented-routes.ts';
import { runCommand } from '../../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../../..');

describe('the OpenAPI document', () => {
  let catalogue: Catalogue;
  let api: Api;

  before(async () => {
    catalogue = await createCatalogue(1);
    api = await startApi({ DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  it('is committed as the code describes it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hotshelf-openapi-'));
    try {
      const file = join(folder, 'openapi.json');
      const entry = join(ROOT, 'dist/apps/api/src/openapi.js');
      const { code, output } = await runCommand(process.execPath, [entry, file], { cwd: ROOT });
      assert.equal(code, 0, output);
      const [described, committed] = await Promise.all([
        readFile(file, 'utf8'),
        readFile(join(ROOT, 'docs/openapi.json'), 'utf8'),
      ]);
      assert.ok(described === committed, 'docs/openapi.json is out of date: run `npm run openapi`');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is served, with a page to read', async () => {
    const served = await (await api.get('/docs-json')).json();
    assert.deepEqual(served, OPEN_API);
    assert.match(OPEN_API.openapi, /^3\.1/);
    assert.match(await (await api.get('/docs')).text(), /<html/i);
  });

  it('describes every problem that a route can answer', () => {
    const { properties } = OPEN_API.components.schemas['Problem'] as {
      properties: { code: { enum: readonly string[] } };
    };
    const described = JSON.stringify([OPEN_API.paths, OPEN_API.components.responses]);
    const missing = properties.code.enum.filter(
      (each) => !described.includes(`#/components/examples/${each}`),
    );
    assert.deepEqual(missing, ['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED'], 'these are of no route');
  });

  it('has what several routes share once', async () => {
    const { size } = await stat(join(ROOT, 'docs/openapi.json'));
    assert.ok(size < 140_000, `it is ${size} bytes large`);
    for (const name of ['Problem', 'FieldError', 'HealthReport', 'HealthIndicator', 'ProductList'])
      assert.ok(name in OPEN_API.components.schemas, `${name} is no component`);
  });

  it('has one schema for every problem', () => {
    for (const [path, operations] of Object.entries(OPEN_API.paths)) {
      for (const { responses } of Object.values(operations).filter((operation) => 'responses' in operation)) {
        for (const { content = {} } of Object.values(responses).map(answerOf)) {
          const schema = content['application/problem+json']?.schema;
          assert.deepEqual(
            schema ?? { $ref: '#/components/schemas/Problem' },
            { $ref: '#/components/schemas/Problem' },
            path,
          );
        }
      }
    }
  });

  it('says of every answer that it has the id of its request', () => {
    for (const operations of Object.values(OPEN_API.paths)) {
      for (const { operationId, responses } of Object.values(operations).filter(
        (one) => 'responses' in one,
      )) {
        for (const [status, answer] of Object.entries(responses)) {
          const { headers = {} } = answerOf(answer);
          assert.ok('X-Request-ID' in headers, `${operationId} ${status}`);
        }
      }
    }
  });
});
