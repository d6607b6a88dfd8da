// A program of its own: the service's edge and one write route, before any database.
import { Controller, Module, Post, Req } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import { Logger } from 'nestjs-pino';
import { AuthModule, WriteAccess } from '#libs/auth';
import { ConfigModule, readConfig } from '#libs/config';
import { HttpModule, learnSecurityHeaders, serverOptions } from '#libs/http';
import { LoggingModule } from '#libs/logging';
import { addEdge } from '#src/apps/api/src/add-edge';

class Door {
  create(request: FastifyRequest): unknown {
    return { writer: request.writer?.id, body: request.body };
  }
}

// Node strips types and knows no decorators, so they are called here.
const method = Object.getOwnPropertyDescriptor(Door.prototype, 'create') as PropertyDescriptor;
for (const decorate of [Post(), WriteAccess()]) decorate(Door.prototype, 'create', method);
Req()(Door.prototype, 'create', 0);
Controller('products')(Door);

const config = readConfig({ ...process.env, DATABASE_URL: 'postgres://nowhere/none' });
class DoorModule {}
Module({
  imports: [ConfigModule.forRoot(config), LoggingModule, HttpModule, AuthModule],
  controllers: [Door],
})(DoorModule);

const security = await learnSecurityHeaders();
const app = await NestFactory.create<NestFastifyApplication>(
  DoorModule,
  new FastifyAdapter(serverOptions(config.edge, security)),
  { logger: false, abortOnError: false, bodyParser: false },
);
app.useLogger(app.get(Logger));
// What a test that starts a service waits for.
await addEdge(app, config, security);
app
  .getHttpAdapter()
  .get('/health/live', (_request: unknown, reply: { send(body: string): void }) => reply.send('{}'));
app.enableShutdownHooks();
await app.listen(config.server.port, config.server.host);
