// A program of its own: the service's edge and one write route, before any database.
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { readConfig } from '#libs/config';
import { learnSecurityHeaders, serverOptions } from '#libs/http';
import { addEdge } from '#src/apps/api/src/add-edge';
import { doorModule } from './door-module.ts';

const config = readConfig({ ...process.env, DATABASE_URL: 'postgres://nowhere/none' });
const security = await learnSecurityHeaders();
const app = await NestFactory.create<NestFastifyApplication>(
  doorModule(config),
  new FastifyAdapter(serverOptions(config.edge, security)),
  { logger: false, abortOnError: false, bodyParser: false },
);
app.useLogger(app.get(Logger));
await addEdge(app, config, security);
// What a test that starts a service waits for.
const fastify: FastifyInstance = app.getHttpAdapter().getInstance();
fastify.get('/health/live', (_request, reply) => reply.send('{}'));
app.enableShutdownHooks();
await app.listen(config.server.port, config.server.host);
