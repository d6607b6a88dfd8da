import type { RequestListener } from 'node:http';
import { Injectable } from '@nestjs/common';
import {
  BatchGet,
  type BegunRead,
  Cache,
  type CacheKey,
  Clock,
  L2Trust,
  type Load,
  type PresentEntry,
} from '#libs/cache';
import { CacheEvents } from '#libs/cache/events';
import { addEarlyTime } from '#libs/http';
import { carried } from '#libs/tracing';
import { MissAdmission } from '../miss-admission.js';
import { cacheStatus } from '../responder.js';
import { type Early, EarlyAnswers } from './early-answers.js';
import { EarlyReads } from './early-reads.js';
import { ageSeconds, l2HitHeaders } from './hit-head.js';

/**
 * Takes on what L1 does not have. What Redis has ready is answered at once. The rest of the read, with the lease that came
 * with Redis' answer, is made here as well if the route's method can be called without the router; what it finds is answered,
 * unless it is an error or that there is no such thing: these are the router's to answer.
 *
 * Any other route's request goes to the router as if nothing had been tried.
 */
@Injectable()
export class WarmPath {
  constructor(
    private readonly cache: Cache,
    private readonly batchGet: BatchGet,
    private readonly answers: EarlyAnswers,
    private readonly reads: EarlyReads,
    private readonly admission: MissAdmission,
    private readonly trust: L2Trust,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  /** Whether a batch get may begin: not while a miss might be refused, and not while L2 is untrusted. */
  get isOpen(): boolean {
    return this.admission.isOpen && this.batchGet.arePossible;
  }

  answer(early: Early, key: CacheKey, router: RequestListener): void {
    const reader = (entry: PresentEntry | null, begun: BegunRead | null): void => {
      if (entry === null) {
        const load = early.route.loaderOf(early.request.url ?? '');
        if (load === null) router(early.request, early.response);
        else void this.load(early, key, load, begun, router);
        return;
      }
      this.events.emit('miss', 'l1');
      const nowMs = this.clock.nowMs();
      const verified = this.trust.isVerified(nowMs);
      this.events.hit('redis', !verified);
      this.answers.send(early, entry, l2HitHeaders(entry, nowMs, verified));
    };
    this.batchGet.at(key, early.route.isLoadable, carried(reader));
  }

  private async load(
    early: Early,
    key: CacheKey,
    load: Load,
    begun: BegunRead | null,
    router: RequestListener,
  ): Promise<void> {
    const { request, response } = early;
    try {
      const read = await this.cache.parts.reader.beyondL1(key, load, undefined, begun);
      const { entry } = read;
      if (entry.state === 'present') {
        const nowMs = this.clock.nowMs();
        const headers = {
          cacheStatus: cacheStatus(read, false, nowMs),
          age: String(ageSeconds(entry, nowMs)),
          lines: null,
        };
        return this.answers.send(early, entry, headers);
      }
      this.reads.put(request, { kind: 'read', read });
    } catch (error) {
      this.reads.put(request, { kind: 'failed', error });
    }
    addEarlyTime(request, this.clock.nowMs() - early.arrivedAtMs);
    router(request, response);
  }
}
