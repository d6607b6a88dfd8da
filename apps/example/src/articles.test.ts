import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { readConfig } from '#libs/config';
import { createService } from '#libs/service';
import { AppModule } from './app.module.js';

const app = await createService({ module: AppModule }, readConfig(process.env, ['server', 'edge']));
const send = async (path: string, init: RequestInit = {}) => fetch((await app.getUrl()) + path, init);
const titleOf = async (slug: string) => (await (await send(`/articles/${slug}`)).json()).title;

before(() => app.listen(0));
after(() => app.close());

it('shows a title as soon as it is changed', async () => {
  for (const title of ['Three', 'Four']) {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ title });
    await send('/articles/first/title', { method: 'PUT', headers, body });
    assert.equal(await titleOf('first'), title);
  }
});

it('has no article of another slug', async () => {
  assert.equal((await send('/articles/missing')).status, 404);
});
