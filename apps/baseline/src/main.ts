/*
 * THE CONTROL. This is the naive design that collapsed under flash traffic, kept as its owners wrote it so that every
 * benchmark has something to be measured against. Its faults are its purpose: they are not fixed, it is not deployed,
 * and nothing of the product is imported here or imports it.
 */
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { ProductCache, ProductsController, ProductsRepository, ProductsService } from './products.js';

/** Says ok whatever is broken: load balancers went on sending traffic into a dead service. */
@Controller('health')
class HealthController {
  @Get()
  get(): { status: string } {
    return { status: 'ok' };
  }
}

@Module({
  controllers: [ProductsController, HealthController],
  providers: [ProductsService, ProductsRepository, ProductCache],
})
class BaselineModule {}

const app = await NestFactory.create<NestFastifyApplication>(BaselineModule, new FastifyAdapter(), {
  logger: ['error', 'warn'],
});
app.enableShutdownHooks();
await app.listen(Number(process.env['PORT'] ?? 3000), '127.0.0.1');
