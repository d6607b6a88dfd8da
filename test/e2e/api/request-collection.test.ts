import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { type Api, startApi } from '../../support/api.ts';
import { type Catalogue, createCatalogue } from '../../support/catalogue.ts';
import { documentedFetch } from '../../support/documented/documented-fetch.ts';
import { WRITER_KEY } from '../../support/writer-key.ts';

const docs = (name: string) => readFile(new URL(`../../../docs/${name}`, import.meta.url), 'utf8');

interface Request {
  readonly title: string;
  readonly status: number;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** Reads a collection as editors do: variables, then requests separated by `###`; an empty line ends the headers. */
function requestsIn(text: string, given: Readonly<Record<string, string>>): Request[] {
  const [head = '', ...parts] = text.split(/^### /m);
  const defined = [...head.matchAll(/^@(\w+) = (.+)$/gm)].map(([, name = '', value = '']) => [name, value]);
  const variables: Readonly<Record<string, string>> = { ...Object.fromEntries(defined), ...given };
  return parts.map((part) => {
    const filled = part.replaceAll(
      /\{\{(\w+)\}\}/g,
      (_, name) => variables[name] ?? assert.fail(`no @${name}`),
    );
    const [top = '', ...body] = filled.trimEnd().split('\n\n');
    const [line = '', start = '', ...headers] = top.split('\n');
    const [, title = '', status] = /^(.+): (\d{3})$/.exec(line) ?? assert.fail(`no status in: ${line}`);
    const [method = '', url = ''] = start.split(' ');
    return {
      title,
      status: Number(status),
      method,
      url,
      headers: Object.fromEntries(headers.map((header) => header.split(/: (.*)/s).slice(0, 2))),
      body: body.length === 0 ? null : body.join('\n\n'),
    };
  });
}

describe('docs/api.http', () => {
  let catalogue: Catalogue;
  let api: Api;
  let text: string;
  const requests = (suffix: string) => requestsIn(text, { host: api.url, key: WRITER_KEY, suffix });

  before(async () => {
    catalogue = await createCatalogue(10);
    api = await startApi({ DATABASE_URL: catalogue.url });
    text = await docs('api.http');
  });
  after(async () => {
    await api.stop();
    await catalogue.drop();
  });

  it('gets from each request the answer that its title says, and again with other ids', async () => {
    for (const suffix of ['1', '2'])
      for (const { title, status, method, url, headers, body } of requests(suffix)) {
        const response = await documentedFetch(url, { method, headers, ...(body !== null && { body }) });
        assert.equal(response.status, status, title);
      }
  });

  it('has a request for each operation of the API', async () => {
    const { paths } = JSON.parse(await docs('openapi.json')) as {
      paths: Record<string, Record<string, { operationId?: string }>>;
    };
    const asked = requests('1').map(({ method, url }) => `${method} ${new URL(url).pathname}`);
    const missing = Object.entries(paths).flatMap(([path, methods]) => {
      const template = new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
      return Object.entries(methods).flatMap(([method, operation]) => {
        const isAsked = asked.some((each) => {
          const [verb, address = ''] = each.split(' ');
          return verb === method.toUpperCase() && template.test(address);
        });
        return operation.operationId === undefined || isAsked ? [] : [`${method} ${path}`];
      });
    });
    assert.deepEqual(missing, []);
  });
});
