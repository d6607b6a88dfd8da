import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { send } from '../../support/send.ts';
import { until } from '../../support/until.ts';

const LAMP = { name: 'Lamp', price: 49.9, stock: 12 };

describe('an Idempotency-Key', () => {
  let catalogue: Catalogue;
  let api: Api;
  let other: Api;

  before(async () => {
    catalogue = await createCatalogue(100);
    const settings = { DATABASE_URL: catalogue.url };
    [api, other] = await Promise.all([startApi(settings), startApi(settings)]);
  });
  after(async () => {
    await Promise.all([api.stop(), other.stop()]);
    await catalogue.drop();
  });

  const keyed = (key: string) => ({ 'idempotency-key': key });
  const stock = async (id: string) =>
    (await catalogue.sql<{ stock: number }>('SELECT stock FROM products WHERE id = $1', [id]))[0]?.stock;
  const remembered = async () =>
    Number((await catalogue.sql('SELECT count(*) FROM idempotency_keys'))[0]?.count);

  it('makes a product once, and gives the same answer again, through any process, in any order of the fields', async () => {
    const first = await send(api, 'POST', '/products', LAMP, keyed('"make-1"'));
    assert.deepEqual([first.status, first.headers.get('idempotency-replayed')], [201, null]);
    // Changed meanwhile: what is given again is the answer of then.
    await send(api, 'PATCH', first.headers.get('location') ?? '', { name: 'Changed' });
    const reordered = '{"stock":12.0, "price":49.90, "name":" Lamp "}';
    for (const [process, body] of [
      [api, LAMP],
      [other, reordered],
    ] as const) {
      const again = await send(process, 'POST', '/products', body, keyed('make-1'));
      assert.deepEqual([again.status, again.text], [201, first.text]);
      for (const name of ['etag', 'location', 'content-type']) {
        assert.equal(again.headers.get(name), first.headers.get(name));
      }
      assert.equal(again.headers.get('idempotency-replayed'), 'true');
    }
    assert.equal((await catalogue.sql(`SELECT 1 FROM products WHERE name IN ('Lamp', 'Changed')`)).length, 1);
  });

  it('takes from the stock once', async () => {
    const take = () => send(api, 'POST', '/products/prod-50/stock', { delta: -3 }, keyed('take-1'));
    const [first, again] = [await take(), await take()];
    assert.deepEqual([first.status, again.status, again.text], [200, 200, first.text]);
    assert.equal(await stock('prod-50'), 47);
  });

  it('gives the first answer again to a writer who has seen a newer product meanwhile', async () => {
    const seen = (await api.get('/products/prod-70')).headers.get('etag') ?? '';
    const take = (etag: string) =>
      send(api, 'POST', '/products/prod-70/stock', { delta: -2 }, { ...keyed('seen-1'), 'if-match': etag });
    const first = await take(seen);
    // The answer was lost, say; the tag that is read now is the one that the change itself has made.
    const again = await take(first.headers.get('etag') ?? '');
    assert.deepEqual([first.status, again.status, again.text], [200, 200, first.text]);
    assert.equal(await stock('prod-70'), 68);
  });

  it('belongs to one request: another body or another address is refused', async () => {
    await send(api, 'POST', '/products/prod-51/stock', { delta: -1 }, keyed('mine'));
    for (const [path, body] of [
      ['/products/prod-51/stock', { delta: -2 }],
      ['/products/prod-52/stock', { delta: -1 }],
      ['/products', LAMP],
    ] as const) {
      const refused = await send(other, 'POST', path, body, keyed('mine'));
      assert.deepEqual([refused.status, refused.json.code], [422, 'IDEMPOTENCY_KEY_REUSED']);
    }
    assert.deepEqual([await stock('prod-51'), await stock('prod-52')], [50, 52]);
  });

  it('is refused while its first request is being answered, and then gives its answer', async () => {
    const release = await catalogue.lock('products');
    const make = (process: Api) => send(process, 'POST', '/products', LAMP, keyed('twin'));
    const first = make(api);
    try {
      await until('the first waits for the table', async () => {
        const waits = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
        return (await catalogue.sql(waits)).length === 1;
      });
      const twin = await make(other);
      assert.deepEqual([twin.status, twin.json.code], [409, 'IDEMPOTENCY_IN_PROGRESS']);
      assert.equal(twin.headers.get('retry-after'), '1');
    } finally {
      await release();
    }
    const { text } = await first;
    assert.equal((await make(other)).text, text);
  });

  it('makes one product of many requests at the same time', async () => {
    const make = (n: number) =>
      send(n % 2 ? api : other, 'POST', '/products', { ...LAMP, name: 'Herd' }, keyed('herd'));
    const answers = await Promise.all(Array.from({ length: 30 }, (_, n) => make(n)));
    assert.ok(answers.every(({ status }) => status === 201 || status === 409));
    const made = answers.filter(({ status }) => status === 201);
    assert.equal(new Set(made.map(({ text }) => text)).size, 1);
    assert.equal(made.filter(({ headers }) => !headers.has('idempotency-replayed')).length, 1);
    assert.equal((await catalogue.sql(`SELECT 1 FROM products WHERE name = 'Herd'`)).length, 1);
  });

  it('remembers no refusal: the request may succeed later', async () => {
    const before = await remembered();
    const take = (delta: number) => send(api, 'POST', '/products/prod-5/stock', { delta }, keyed('later'));
    assert.equal((await take(-10)).status, 409);
    assert.equal(await remembered(), before);
    await send(api, 'PATCH', '/products/prod-5', { stock: 10 });
    assert.equal((await take(-10)).status, 200);
    assert.equal(await stock('prod-5'), 0);
  });

  it('is forgotten after 24 hours, and swept away now and then', async () => {
    const take = () => send(api, 'POST', '/products/prod-60/stock', { delta: -1 }, keyed('old'));
    await take();
    await catalogue.sql(
      `UPDATE idempotency_keys SET recorded_at = recorded_at - interval '23 hours 59 minutes'`,
    );
    assert.equal((await take()).headers.get('idempotency-replayed'), 'true');
    await catalogue.sql(`UPDATE idempotency_keys SET recorded_at = recorded_at - interval '1 minute'`);
    assert.equal((await take()).headers.get('idempotency-replayed'), null);
    assert.equal(await stock('prod-60'), 58);
    // A process sweeps with the first key that it sees.
    const third = await startApi({ DATABASE_URL: catalogue.url });
    try {
      await send(third, 'POST', '/products/prod-61/stock', { delta: -1 }, keyed('new'));
      await until('only the two new ones are left', async () => (await remembered()) === 2);
    } finally {
      await third.stop();
    }
  });

  for (const [what, key] of [
    ['empty', ''],
    ['of 256 characters', 'x'.repeat(256)],
    ['of 256 characters in quotes', `"${'x'.repeat(256)}"`],
    ['of two words', 'two words'],
    ['an empty string in quotes', '""'],
    ['a string without its end', '"open'],
    ['a string with parameters', '"key";a=1'],
    ['two keys', '"one", "two"'],
    ['beyond ASCII', 'caf\xe9'],
  ] as const) {
    it(`is refused where it is ${what}, and nothing is made`, async () => {
      const refused = await send(api, 'POST', '/products', { ...LAMP, id: 'never' }, keyed(key));
      assert.deepEqual([refused.status, refused.broken], [400, ['Idempotency-Key syntax']]);
      assert.equal(await stock('never'), undefined);
    });
  }

  it('may be as long as 255 characters, and hold quotes where they are escaped', async () => {
    for (const key of ['x'.repeat(255), `"${'y'.repeat(255)}"`, '"with \\"quotes\\" and \\\\"']) {
      assert.equal((await send(api, 'POST', '/products', LAMP, keyed(key))).status, 201);
    }
  });
});
