import { applyDecorators, UseGuards } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth } from '@nestjs/swagger';
import { WriterGuard } from './writer.guard.js';

/**
 * Marks a controller's method as one that changes something: it is for holders of a key alone, whom it finds as
 * `request.writer`. Not to be combined with a `@RouteConfig` of one's own, of which only one holds.
 */
export function WriteAccess(): MethodDecorator {
  return applyDecorators(RouteConfig({ writeAccess: true }), UseGuards(WriterGuard), ApiBearerAuth());
}
