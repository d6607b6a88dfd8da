import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { WriterGate } from './writer-gate.js';

/** The second lock of a write route: it holds in an application that forgot the hook, only later. */
@Injectable()
export class WriterGuard implements CanActivate {
  constructor(private readonly gate: WriterGate) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (request.writer === undefined) this.gate.admit(request);
    return true;
  }
}
