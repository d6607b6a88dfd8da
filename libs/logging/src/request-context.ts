import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';

const SANE = /^[\x21-\x7e]{1,128}$/;

/** Random once a process: ids of two processes never meet, and an id costs a counter instead of a UUID. */
const PROCESS_PREFIX = randomBytes(9).toString('base64url');
let counter = 0;

/**
 * The id under which a request is logged and answered: the client's own, so that its trace goes on, where it is
 * 1–128 visible ASCII characters; a new one otherwise, since an arbitrary header value is a way to forge log lines.
 *
 * @param offered the value of `X-Request-ID`
 */
export function requestIdOf(offered: string | string[] | undefined): string {
  if (typeof offered === 'string' && SANE.test(offered)) return offered;
  counter += 1;
  return `${PROCESS_PREFIX}-${counter.toString(36)}`;
}

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

  /** Runs work that belongs to no request, though one may have caused it. */
  outside(work: () => void): void {
    current.exit(work);
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
