import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';
import { HttpEvents } from '../events.js';

/** Probes and scrapes that succeed come every few seconds for ever: they would bury what is worth reading. */
const ROUTINE = /^\/(?:health|metrics)\b/;

/** One line for every answered request: what an operator searches by, and nothing that the client sent in secret. */
@Injectable()
export class RequestLog {
  constructor(logger: PinoLogger, events: HttpEvents) {
    logger.setContext('Request');
    events.on('answered', ({ method, endpoint, path, status, seconds }) => {
      const line = { method, endpoint, path, status, ms: Math.round(seconds * 1e6) / 1e3 };
      if (status >= 500) logger.error(line, 'answered');
      else if (ROUTINE.test(endpoint)) logger.debug(line, 'answered');
      else logger.info(line, 'answered');
    });
  }
}
