import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';

/** What every line that is logged for a request carries. */
export interface RequestFields {
  readonly requestId: string;
  /** The trace that the client's request is part of (W3C Trace Context). */
  readonly trace_id?: string;
}

export function requestFieldsOf(requestId: string, traceId: string | null): RequestFields {
  return traceId === null ? { requestId } : { requestId, trace_id: traceId };
}

/** One for the process, as its log is one. */
const current = new AsyncLocalStorage<Record<string, string>>();

/**
 * What the line that is being written should say of the request that it belongs to. Asked for at each line, so that a
 * request that logs nothing costs no logger of its own.
 */
export function requestFields(): Record<string, string> {
  return { ...current.getStore() };
}

/** Binds what runs for a request to the request's id, so that every line logged meanwhile carries it. */
@Injectable()
export class RequestContext {
  run(fields: RequestFields, work: () => void): void {
    current.run({ ...fields }, work);
  }

  /** Adds to what the rest of the request's lines carry. */
  assign(fields: Readonly<Record<string, string>>): void {
    Object.assign(current.getStore() ?? {}, fields);
  }

  /** Runs work of a request that may have been bound already, or may have been answered too soon for that. */
  within(fields: RequestFields, work: () => void): void {
    if (current.getStore() === undefined) this.run(fields, work);
    else work();
  }
}
