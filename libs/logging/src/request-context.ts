import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';

/** Binds what runs for a request to the request's id, so that every line logged meanwhile carries it. */
@Injectable()
export class RequestContext {
  constructor(private readonly logger: PinoLogger) {}

  run(requestId: string, work: () => void): void {
    this.logger.runInContext(work, { bindings: { requestId } });
  }
}
