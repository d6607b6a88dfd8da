import { Controller, type DynamicModule, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { AuthModule, WriteAccess } from '#libs/auth';
import { type Config } from '#libs/config';
import { ConfigModule } from '#libs/config/nest';
import { HttpModule } from '#libs/http';
import { LoggingModule } from '#libs/logging';

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

class DoorModule {}

/** One write route, `POST /products`, that answers with the writer and the body, and nothing behind it. */
export function doorModule(config: Config): DynamicModule {
  return {
    module: DoorModule,
    imports: [ConfigModule.forRoot(config), LoggingModule, HttpModule, AuthModule],
    controllers: [Door],
  };
}
