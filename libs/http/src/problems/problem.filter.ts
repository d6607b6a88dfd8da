import { type ArgumentsHost, Catch, type ExceptionFilter, Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sendProblem } from './send-problem.js';
import { toProblem } from './to-problem.js';

/** Answers everything that a route or a guard throws. A client sees a problem; the log sees the cause. */
@Catch()
@Injectable()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger('Problems');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    const reply = http.getResponse<FastifyReply>();
    const problem = toProblem(thrown);
    if (problem.code === 'INTERNAL') this.logger.error({ err: problem.cause }, 'a request failed');
    // The client may have got an answer already, or be gone: there is nobody left to tell.
    if (reply.sent || reply.raw.headersSent) return;
    sendProblem(problem, request, reply);
  }
}
