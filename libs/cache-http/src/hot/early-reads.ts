import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import type { CacheRead } from '#libs/cache';

/** How a read ended. */
export type EndedRead =
  | { readonly kind: 'read'; readonly read: CacheRead }
  | { readonly kind: 'failed'; readonly error: unknown };

/**
 * Reads that were made ahead of the router and are the router's to answer: that there is no such thing, or an error. Its filters
 * make the answer. A request that is gone takes its read along.
 */
@Injectable()
export class EarlyReads {
  private readonly reads = new WeakMap<IncomingMessage, EndedRead>();

  put(request: IncomingMessage, read: EndedRead): void {
    this.reads.set(request, read);
  }

  /**
   * @returns undefined if none was made
   * @throws what the read threw
   */
  of(request: IncomingMessage): CacheRead | undefined {
    const ended = this.reads.get(request);
    if (ended?.kind === 'failed') throw ended.error;
    return ended?.read;
  }
}
