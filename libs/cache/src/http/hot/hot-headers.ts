import { Injectable } from '@nestjs/common';
import { ConstantHeaders, type TraceContext } from '#libs/http';
import type { PresentEntry } from '../../entry/entry.js';
import type { HitTold } from '../../entry/hit-head.js';
import { BODY_HEADERS, entryHeaders } from '../answer-headers.js';
import { ClientCaching } from '../client-caching.js';
import { headLines } from './head-lines.js';

/** Stands for a value; no header can hold it. */
const VALUE = '\0';

/** Which head is sent: with a body to come, or with none (304). */
export type HeadKind = 'whole' | 'bare';

/** The headers of what is answered ahead of the router, in the router's order. */
@Injectable()
export class HotHeaders {
  /** What all answers have in common, as text. */
  readonly constantLines: string;
  private readonly constants: readonly string[];
  /** What stands between the values that differ from one entry to the next. */
  private readonly between: readonly string[];

  constructor(
    constants: ConstantHeaders,
    private readonly clients: ClientCaching,
  ) {
    this.constants = constants.list.flat();
    this.constantLines = headLines(this.constants);
    this.between = headLines(this.listOf('whole', VALUE, VALUE, VALUE, VALUE)).split(VALUE);
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

  /** Those that tell of the entry, and of the body to come, as text. */
  linesOf(entry: PresentEntry, { cacheStatus, age }: HitTold): string {
    const [status, etag, aged, length, end] = this.between;
    // Joined, they are one run of bytes. Added up, they would be a tree of pieces, walked again at every write.
    return [status, cacheStatus, etag, entry.etag, aged, age, length, entry.body.length, end].join('');
  }

  private ofEntry(kind: HeadKind, entry: PresentEntry, { cacheStatus, age }: HitTold): string[] {
    return this.listOf(kind, cacheStatus, entry.etag, age, `${entry.body.length}`);
  }

  private listOf(kind: HeadKind, cacheStatus: string, etag: string, age: string, length: string): string[] {
    const headers = entryHeaders(cacheStatus, etag, this.clients.cacheControl, age);
    return kind === 'bare' ? headers : [...headers, ...BODY_HEADERS, 'content-length', length];
  }
}
