import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { runCommand } from '../../support/run-command.ts';
import { WRITER_KEY } from '../../support/writer-key.ts';

const ROOT = join(import.meta.dirname, '../../..');
const bin = (name: string) => join(ROOT, 'node_modules/.bin', name);

/** What a client's author would write: each line compiles only if the types say what the service answers. */
const PROGRAM = `
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.ts';

const [baseUrl = '', key = ''] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { authorization: \`Bearer \${key}\` } });
type Product = components['schemas']['Product'];
const seen: unknown[] = [];

const made = await client.POST('/products', {
  body: { id: 'typed-1', name: 'Typed', price: 0.3, stock: 2, category: 'cat-test' },
  params: { header: { 'Idempotency-Key': 'typed' } },
});
const product: Product | undefined = made.data;
seen.push(made.response.status, product?.price.toFixed(2));

const params = { path: { id: 'typed-1' } };
seen.push((await client.GET('/products/{id}', { params })).data?.stock);
seen.push((await client.PATCH('/products/{id}', { params, body: { stock: 5 } })).data?.stock);
seen.push((await client.POST('/products/{id}/stock', { params, body: { delta: -6 } })).error?.code);

const page = await client.GET('/products', { params: { query: { category: 'cat-test', limit: 1 } } });
const cursor: string | null | undefined = page.data?.next_cursor;
seen.push(page.data?.items.length, typeof cursor === 'string');
const batch = await client.GET('/products', { params: { query: { ids: ['typed-1', 'nope'] } } });
seen.push(batch.data?.items.length, batch.data?.missing);

seen.push((await client.GET('/categories/{id}', { params: { path: { id: 'cat-test' } } })).data?.product_count);
const health: components['schemas']['HealthReport'] | undefined = (await client.GET('/health/live')).data;
seen.push(health?.status);
seen.push((await client.DELETE('/products/{id}', { params })).response.status);
const gone = await client.GET('/products/{id}', { params });
seen.push(gone.error?.code, gone.error?.request_id === gone.response.headers.get('x-request-id'));
process.stdout.write(JSON.stringify(seen));
`;

/** What has to be refused by the compiler: the types are no mere decoration. */
const WRONG = `
import createClient from 'openapi-fetch';
import type { paths } from './schema.ts';
const client = createClient<paths>({ baseUrl: '' });
// @ts-expect-error a price is a number
await client.POST('/products', { body: { name: 'x', price: '1', stock: 1 } });
// @ts-expect-error a new product has a stock
await client.POST('/products', { body: { name: 'x', price: 1 } });
// @ts-expect-error there is no such route
await client.GET('/producs');
const { data, error } = await client.GET('/products/{id}', { params: { path: { id: 'x' } } });
// @ts-expect-error a product has no such member
data?.colour;
// @ts-expect-error there is no such problem
error?.code === 'NO_SUCH_CODE';
`;

const TSCONFIG = {
  compilerOptions: {
    ...{ target: 'es2023', module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true },
    ...{ allowImportingTsExtensions: true, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true },
    types: ['node'],
  },
  include: ['*.ts'],
};

describe('a client that is generated from the OpenAPI document', () => {
  let catalogue: Catalogue;
  let api: Api;
  let folder: string;

  before(async () => {
    // Within the project, so that its packages are found from there.
    folder = await mkdtemp(join(ROOT, 'node_modules/.typed-client-'));
    catalogue = await createCatalogue(3);
    api = await startApi({ DATABASE_URL: catalogue.url });
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
    await rm(folder, { recursive: true });
  });

  const run = async (command: string, args: readonly string[], cwd = folder) => {
    const { code, output } = await runCommand(command, args, { cwd });
    assert.equal(code, 0, output);
    return output;
  };

  it('compiles under strict types, and reads and writes through them', async () => {
    // In the project's folder, as docs/api.md says: what else lies there must not be in its way.
    await run(bin('openapi-typescript'), ['docs/openapi.json', '-o', join(folder, 'schema.ts')], ROOT);
    assert.match(await readFile(join(folder, 'schema.ts'), 'utf8'), /getProduct/);
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
    await writeFile(join(folder, 'program.ts'), PROGRAM);
    await writeFile(join(folder, 'wrong.ts'), WRONG);
    await run(bin('tsc'), ['-p', folder]);
    // Node leaves types alone that lie under node_modules; the program has to be compiled to run.
    await run(bin('tsc'), ['-p', folder, '--noEmit', 'false', '--rewriteRelativeImportExtensions']);
    const seen = JSON.parse(await run(process.execPath, [join(folder, 'program.js'), api.url, WRITER_KEY]));
    const expected = [201, '0.30', 2, 5, 'STOCK_INSUFFICIENT', 1, true, 1, ['nope'], 4, 'ok', 204];
    assert.deepEqual(seen, [...expected, 'PRODUCT_NOT_FOUND', true]);
  });
});
