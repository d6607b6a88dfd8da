import { AsyncLocalStorage } from 'node:async_hooks';
import { Injectable } from '@nestjs/common';

/** What every line that is logged for a request carries. */
export interface RequestFields {
  readonly requestId: string;
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

  /** Runs work of a request that may have been bound already, or may have been answered too soon for that. */
  within(fields: RequestFields, work: () => void): void {
    if (current.getStore() === undefined) this.run(fields, work);
    else work();
  }
}
