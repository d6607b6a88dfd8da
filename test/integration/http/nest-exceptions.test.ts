import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import {
  ConflictException,
  Controller,
  type DynamicModule,
  ForbiddenException,
  Get,
  HttpException,
  NotFoundException,
  Param,
  UnprocessableEntityException,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { readConfig } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { HttpModule } from '#libs/http';
import { LoggingModule } from '#libs/logging';

const THROWN: Readonly<Record<string, Error>> = {
  conflict: new ConflictException('The seat is taken'),
  forbidden: new ForbiddenException('Members only'),
  unprocessable: new UnprocessableEntityException('The end is before the start'),
  absent: new NotFoundException('There is no seat 9'),
  payment: new HttpException('Pay first', 402),
};

class Seats {
  get(id: string): never {
    throw THROWN[id] ?? new Error('secret');
  }
}

// Node strips types and knows no decorators, so they are called here.
const method = Object.getOwnPropertyDescriptor(Seats.prototype, 'get') as PropertyDescriptor;
Get(':id')(Seats.prototype, 'get', method);
Param('id')(Seats.prototype, 'get', 0);
Controller('seats')(Seats);

class SeatsModule {}

function seatsModule(): DynamicModule {
  const config = readConfig({ DATABASE_URL: 'postgres://127.0.0.1:1/nothing', LOG_LEVEL: 'silent' });
  const imports = [ConfigModule.forRoot(config), LoggingModule, HttpModule];
  return { module: SeatsModule, imports, controllers: [Seats] };
}

describe("what a controller throws of Nest's own exceptions", () => {
  let app: NestFastifyApplication;
  let url: string;

  before(async () => {
    app = await NestFactory.create<NestFastifyApplication>(seatsModule(), new FastifyAdapter(), {
      logger: false,
    });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  after(() => app.close());

  for (const [id, status, code, detail] of [
    ['conflict', 409, 'CONFLICT', 'The seat is taken'],
    ['forbidden', 403, 'FORBIDDEN', 'Members only'],
    ['unprocessable', 422, 'UNPROCESSABLE', 'The end is before the start'],
    ['absent', 404, 'NOT_FOUND', 'There is no seat 9'],
    ['payment', 402, 'REQUEST_REFUSED', 'Pay first'],
    ['fault', 500, 'INTERNAL', 'Something failed that should not have. It was logged.'],
  ] as const)
    it(`is answered with ${status} and ${code}`, async () => {
      const response = await fetch(`${url}/seats/${id}`);
      const problem = (await response.json()) as Record<string, unknown>;
      assert.equal(response.status, status);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
      assert.deepEqual([problem['code'], problem['status'], problem['detail']], [code, status, detail]);
    });

  it('is distinct from an address that has no route', async () => {
    const response = await fetch(`${url}/stalls/absent`);
    assert.equal(response.status, 404);
    assert.equal(((await response.json()) as Record<string, unknown>)['code'], 'ROUTE_NOT_FOUND');
  });
});
