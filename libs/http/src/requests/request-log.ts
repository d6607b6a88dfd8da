import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { LogConfig } from '#libs/config';
import { RequestContext, requestFieldsOf } from '#libs/logging';
import { type AnsweredRoute, HttpEvents } from '../events.js';
import { isLogged } from './is-logged.js';

/** Probes and scrapes that succeed come every few seconds for ever: they would bury what is worth reading. */
const ROUTINE = /^\/(?:health|metrics)\b/;

/** One line for each answer that is logged: what an operator searches by, and nothing that the client sent in secret. */
@Injectable()
export class RequestLog {
  constructor(
    private readonly logger: PinoLogger,
    context: RequestContext,
    private readonly config: LogConfig,
    events: HttpEvents,
  ) {
    logger.setContext('Request');
    events.onAnswered((route, status, seconds, requestId, url, traceId) => {
      const ms = Math.round(seconds * 1e6) / 1e3;
      if (!isLogged({ status, ms }, config, Math.random)) return;
      const { endpoint, method } = route;
      const line = { method, endpoint, path: url.split('?', 1)[0], status, ms };
      context.within(requestFieldsOf(requestId, traceId), () => this.write(line, route));
    });
  }

  private write(line: { readonly status: number; readonly ms: number }, { endpoint }: AnsweredRoute): void {
    if (line.status >= 500) this.logger.error(line, 'answered');
    else if (line.ms >= this.config.slowMs) this.logger.warn(line, 'answered');
    else if (ROUTINE.test(endpoint)) this.logger.debug(line, 'answered');
    else this.logger.info(line, 'answered');
  }
}
