import { Injectable } from '@nestjs/common';
import { PinoLogger } from 'nestjs-pino';

/** What every line that is logged for a request carries. */
export interface RequestFields {
  readonly requestId: string;
  /** The trace that the client's request is part of (W3C Trace Context). */
  readonly trace_id?: string;
}

/** Binds what runs for a request to the request's id, so that every line logged meanwhile carries it. */
@Injectable()
export class RequestContext {
  constructor(private readonly logger: PinoLogger) {}

  run(fields: RequestFields, work: () => void): void {
    this.logger.runInContext(work, { bindings: { ...fields } });
  }

  /** Adds to what the rest of the request's lines carry. */
  assign(fields: Readonly<Record<string, string>>): void {
    this.logger.assign(fields);
  }
}
