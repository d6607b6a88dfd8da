import { Injectable } from '@nestjs/common';
import { ConstantHeaders, type TraceContext } from '#libs/http';
import type { PresentEntry } from '../../entry/entry.js';
import type { HitTold } from '../../entry/hit-head.js';
import { BODY_HEADERS, entryHeaders } from '../answer-headers.js';
import { ClientCaching } from '../client-caching.js';
import { headLines } from './head-lines.js';

/** Which head is sent: with a body to come, or with none (304). */
export type HeadKind = 'whole' | 'bare';

/** The headers of what is answered ahead of the router, in the router's order. */
@Injectable()
export class HotHeaders {
  /** What all answers have in common, as text. */
  readonly constantLines: string;
  private readonly constants: readonly string[];

  constructor(
    constants: ConstantHeaders,
    private readonly clients: ClientCaching,
  ) {
    this.constants = constants.list.flat();
    this.constantLines = headLines(this.constants);
  }

  /** Names and values in turn. A trace is named after what all answers have in common, as in the router's answers. */
  of(
    kind: HeadKind,
    requestId: string,
    entry: PresentEntry,
    hit: HitTold,
    trace: TraceContext | null,
  ): string[] {
    const traced = trace === null ? [] : ['traceparent', trace.traceparent];
    return ['x-request-id', requestId, ...this.constants, ...traced, ...this.ofEntry(kind, entry, hit)];
  }

  /** Those that tell of the entry. */
  ofEntry(kind: HeadKind, entry: PresentEntry, { cacheStatus, age }: HitTold): string[] {
    const headers = entryHeaders(cacheStatus, entry.etag, this.clients.cacheControl, age);
    return kind === 'bare'
      ? headers
      : [...headers, ...BODY_HEADERS, 'content-length', `${entry.body.length}`];
  }
}
