import type { IncomingMessage, RequestListener } from 'node:http';
import { Injectable } from '@nestjs/common';
import {
  BatchGet,
  type BegunRead,
  type CacheKey,
  type CacheRead,
  CacheReader,
  Clock,
  L2Trust,
  type Load,
  type PresentEntry,
} from '#libs/cache';
import { CacheEvents } from '#libs/cache/events';
import { addEarlyTime } from '#libs/http';
import { carried } from '#libs/tracing';
import { MissAdmission } from '../admission.js';
import { type Early, EarlyAnswers, headOf } from './hot-answer.js';

/** The route knows whether and how what its addresses ask for is loaded without the router. */
export type Loadable = Early & {
  readonly route: { readonly isLoadable: boolean; loaderOf(url: string): Load | null };
};

/**
 * Takes on what L1 does not have. What Redis has ready is answered at once. The rest of the read, with the lease that came
 * with Redis' answer, is made here as well if the route's method can be called without the router; what it finds is answered,
 * unless it is an error or that there is no such thing: these are the router's to answer, whose filters make the answer.
 *
 * Any other route's request goes to the router as if nothing had been tried.
 */
@Injectable()
export class WarmPath {
  /** Reads that the router answers. A request that is gone takes its read along. */
  private readonly ended = new WeakMap<IncomingMessage, () => CacheRead>();

  constructor(
    private readonly batchGet: BatchGet,
    private readonly cacheReader: CacheReader,
    private readonly answers: EarlyAnswers,
    private readonly admission: MissAdmission,
    private readonly trust: L2Trust,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  /** Whether a batch get may begin: not while a miss might be refused, and not while L2 is untrusted. */
  get isOpen(): boolean {
    return this.admission.isOpen && this.batchGet.arePossible;
  }

  answer(early: Loadable, key: CacheKey, router: RequestListener): void {
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
      this.answers.send(early, entry, headOf({ servedFrom: 'l2', entry, verified }, nowMs));
    };
    this.batchGet.at(key, early.route.isLoadable, carried(reader));
  }

  /**
   * @returns what was read for a request that went to the router after it; undefined if nothing was
   * @throws what the read threw
   */
  readOf(request: IncomingMessage): CacheRead | undefined {
    return this.ended.get(request)?.();
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
      const read = await this.cacheReader.beyondL1(key, load, undefined, begun);
      const { entry } = read;
      if (entry.state === 'present') return this.answers.send(early, entry, headOf(read, this.clock.nowMs()));
      this.ended.set(request, () => read);
    } catch (error) {
      this.ended.set(request, () => {
        throw error;
      });
    }
    addEarlyTime(request, this.clock.nowMs() - early.arrivedAtMs);
    router(request, response);
  }
}
