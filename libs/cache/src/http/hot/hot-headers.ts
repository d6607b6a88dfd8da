import { Injectable } from '@nestjs/common';
import { ConstantHeaders, type TraceContext } from '#libs/http';
import type { PresentEntry } from '../../entry/entry.js';
import type { HitTold } from '../../entry/hit-head.js';
import { BODY_HEADERS, entryHeaders } from '../answer-headers.js';
import { ClientCaching } from '../client-caching.js';

/** Which head is sent: with a body to come, or with none (304). */
export type HeadKind = 'whole' | 'bare';

/**
 * The header lists of the hot path: one array for all answers of a kind, in which each answer puts its own values. Node
 * reads it at once when the head is written and keeps nothing of it.
 */
@Injectable()
export class HotHeaders {
  private readonly bare: string[];
  private readonly whole: string[];
  private readonly at: Record<'cacheStatus' | 'etag' | 'age' | 'length', number>;
  /** A trace is named where the router's answers name it: after what all answers have in common. */
  private readonly traceAt: number;

  constructor(constants: ConstantHeaders, clients: ClientCaching) {
    this.bare = [
      'x-request-id',
      '',
      ...constants.list.flat(),
      ...entryHeaders('', '', clients.cacheControl, ''),
    ];
    this.traceAt = 2 + 2 * constants.list.length;
    this.whole = [...this.bare, ...BODY_HEADERS, 'content-length', ''];
    const placeOf = (name: string) => this.whole.lastIndexOf(name) + 1;
    this.at = {
      cacheStatus: placeOf('cache-status'),
      etag: placeOf('etag'),
      age: placeOf('age'),
      length: placeOf('content-length'),
    };
  }

  of(
    kind: HeadKind,
    requestId: string,
    entry: PresentEntry,
    { cacheStatus, age }: HitTold,
    trace: TraceContext | null,
  ): string[] {
    const list = kind === 'whole' ? this.whole : this.bare;
    list[1] = requestId;
    list[this.at.cacheStatus] = cacheStatus;
    list[this.at.etag] = entry.etag;
    list[this.at.age] = age;
    if (kind === 'whole') list[this.at.length] = String(entry.body.length);
    return trace === null ? list : list.toSpliced(this.traceAt, 0, 'traceparent', trace.traceparent);
  }
}
