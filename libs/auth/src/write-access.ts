import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiBearerAuth } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { WriterAdmission } from './writer-admission.js';

/**
 * Marks a controller method that changes state. It requires an API key and finds its holder in `request.writer`. Do not
 * combine it with another `@RouteConfig`: only one of them takes effect.
 */
export function WriteAccess(): MethodDecorator {
  return applyDecorators(RouteConfig({ writeAccess: true }), UseGuards(WriterGuard), ApiBearerAuth());
}

/** The second check of a write route. It still holds in an application without the hook, though only after the body. */
@Injectable()
export class WriterGuard implements CanActivate {
  constructor(private readonly admission: WriterAdmission) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.writer === undefined) this.admission.admit(request);
    return true;
  }
}
