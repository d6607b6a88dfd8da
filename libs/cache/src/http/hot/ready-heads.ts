import type { ServerResponse } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { TraceContext } from '#libs/http';
import type { PresentEntry } from '../../entry/entry.js';
import type { HitTold } from '../../entry/hit-head.js';
import { HotHeaders } from './hot-headers.js';

const STATUS_LINE = 'HTTP/1.1 200 OK\r\n';

/**
 * Where Node keeps the text of a head between composing and sending it. It is no public name: nothing here relies on its
 * being there, see `learn`.
 */
interface Composed {
  _header?: string | null;
}

/** What an answer tells. */
export interface Told {
  readonly requestId: string;
  readonly trace: TraceContext | null;
  readonly entry: PresentEntry;
  readonly hit: HitTold;
  readonly nowMs: number;
}

/**
 * Heads of whole answers as text. Node composes a head anew for every answer: it checks each name and value, compares each
 * with those that mean something to it, and strings them together, though all but a few are those of the answer before. So
 * one answer of each second is Node's own work, and the others of that second take over what it added: the date, and
 * how the connection goes on.
 */
@Injectable()
export class ReadyHeads {
  private tail = '';
  private untilMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly headers: HotHeaders) {}

  /** @returns whether it was sent */
  send(response: ServerResponse & Composed, told: Told, body: string): boolean {
    if (told.nowMs >= this.untilMs || told.trace !== null || !goesOn(response)) return false;
    // The body goes along: Node then has one text to write, and not two to join.
    response._header = this.ownText(told) + this.tail + body;
    response.end();
    return true;
  }

  /**
   * Takes over what Node made of a head, once it was composed, until the second is over. A Node that keeps the text elsewhere, or
   * composes it in another way, goes on to do so for every answer.
   */
  learn(response: ServerResponse & Composed, told: Told): void {
    // Looked at first: a client that closes after each answer would have every head made twice.
    if (!goesOn(response)) return;
    const composed = response._header;
    const own = this.ownText(told);
    if (typeof composed !== 'string' || !composed.startsWith(own)) return;
    this.tail = composed.slice(own.length);
    this.untilMs = told.nowMs + 1_000 - (Date.now() % 1_000);
  }

  private ownText({ requestId, entry, hit }: Told): string {
    hit.lines ??= this.headers.linesOf(entry, hit);
    return `${STATUS_LINE}x-request-id: ${requestId}\r\n${this.headers.constantLines}${hit.lines}`;
  }
}

/** The connection stays open after this answer, and nobody has said anything about it: as with the answer that was learnt from. */
function goesOn(response: ServerResponse & { readonly maxRequestsOnConnectionReached?: boolean }): boolean {
  return (
    response.shouldKeepAlive &&
    response.maxRequestsOnConnectionReached !== true &&
    !response.hasHeader('connection')
  );
}
