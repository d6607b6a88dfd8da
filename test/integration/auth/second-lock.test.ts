import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readConfig } from '#libs/config';
import { doorModule } from '../../support/door-module.ts';

const KEY = 'hs_a-key';

describe('a write route in an application that forgot the hook', () => {
  let app: NestFastifyApplication;

  before(async () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://nowhere/none',
      LOG_LEVEL: 'silent',
      API_KEYS: `shop:${createHash('sha256').update(KEY).digest('hex')}`,
    });
    app = await NestFactory.create(doorModule(config), new FastifyAdapter(), { logger: false });
    await app.init();
  });
  after(() => app.close());

  const write = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/products', headers, payload: {} });

  it('still requires a key', async () => {
    assert.equal((await write({})).statusCode, 401);
    assert.equal((await write({ authorization: 'Bearer hs_another' })).statusCode, 401);
    const { statusCode, body } = await write({ authorization: `Bearer ${KEY}` });
    assert.equal(statusCode, 201);
    assert.equal(JSON.parse(body).writer, 'shop');
  });
});
