import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { exchange } from '../../support/raw-http.ts';

const SCRIPT = '/docs/swagger-ui-bundle.js';

describe("the API's description", () => {
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

  /** Past fetch, which asks for compression by itself and unpacks it. */
  const raw = async (path: string, ...headers: string[]) => {
    const answer = await exchange(api.url, [
      `GET ${path} HTTP/1.1`,
      'Host: x',
      'Connection: close',
      ...headers,
    ]);
    const [head = ''] = answer.split('\r\n\r\n', 1);
    const header = (name: string) => new RegExp(`\r\n${name}: (.*)`, 'i').exec(head)?.[1];
    return { status: Number(head.slice(9, 12)), header, length: Number(header('content-length') ?? 0) };
  };

  it('is sent as it is or compressed, as the client asks', async () => {
    const plain = await raw('/docs-json');
    const packed = await raw('/docs-json', 'Accept-Encoding: br;q=1, gzip;q=0.5');
    assert.deepEqual(
      [plain.header('content-encoding'), packed.header('content-encoding')],
      [undefined, 'gzip'],
    );
    assert.ok(packed.length < plain.length / 3, `${packed.length} of ${plain.length} bytes`);
    assert.notEqual(plain.header('etag'), packed.header('etag'));
    for (const answer of [plain, packed]) assert.equal(answer.header('vary'), 'Accept-Encoding');
    const unpacked = await (await fetch(`${api.url}/docs-json`)).json();
    const uncompressed = await fetch(`${api.url}/docs-json`, { headers: { 'accept-encoding': 'identity' } });
    assert.deepEqual(await uncompressed.json(), unpacked);
  });

  it('is shown by a page that keeps the key of its user over a reload', async () => {
    assert.match(
      await (await fetch(`${api.url}/docs/start.js`)).text(),
      /^ {2}persistAuthorization: true,$/m,
    );
  });

  for (const path of ['/docs-json', '/docs', '/docs/', '/docs/swagger-ui.css', SCRIPT, '/docs/start.js'])
    it(`is not sent again to a client that has it: ${path}`, async () => {
      const first = await fetch(`${api.url}${path}`);
      assert.equal(first.status, 200);
      const tag = first.headers.get('etag') ?? '';
      for (const condition of [tag, `"other", W/${tag}`, '*']) {
        const again = await raw(path, 'Accept-Encoding: gzip', `If-None-Match: ${condition}`);
        assert.deepEqual([again.status, again.header('etag')], [304, tag], condition);
      }
      assert.equal((await raw(path, 'Accept-Encoding: gzip', 'If-None-Match: "other"')).status, 200);
    });

  it('sends its large script compressed or not at all', async () => {
    const answer = await raw(SCRIPT);
    assert.deepEqual([answer.status, answer.header('content-encoding')], [200, 'gzip']);
    const { default: open } = await import('node:http');
    const bytes = await new Promise<Buffer>((resolve) => {
      open.get(`${api.url}${SCRIPT}`, async (response) => resolve(Buffer.concat(await response.toArray())));
    });
    assert.ok(gunzipSync(bytes).includes('SwaggerUIBundle'));
    for (const refusal of ['identity', 'gzip;q=0', 'br', '*;q=0']) {
      const refused = await fetch(`${api.url}${SCRIPT}`, { headers: { 'accept-encoding': refusal } });
      assert.deepEqual([refused.status, (await refused.json()).code], [406, 'NOT_ACCEPTABLE'], refusal);
    }
  });

  it('serves of its package only what the page loads', async () => {
    for (const path of ['/docs-yaml', `${SCRIPT}.map`, '/docs/swagger-ui-es-bundle.js', '/docs/package.json'])
      assert.equal((await raw(path)).status, 404, path);
  });
});
