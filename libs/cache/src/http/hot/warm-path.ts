import type { RequestListener } from 'node:http';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../clock.js';
import type { CacheKey } from '../../entry/entry.js';
import { sharedHitTold } from '../../entry/hit-head.js';
import { CacheEvents } from '../../events.js';
import { Glances } from '../../read/glances.js';
import { SharedTrust } from '../../trust/shared-trust.js';
import { MissGate } from '../miss-gate.js';
import { type Early, EarlyAnswers } from './early-answers.js';

/**
 * Takes on what memory does not have and Redis may have ready. What Redis has not goes to the router after all, as if nothing
 * had been tried: there it is counted, limited, leased and loaded.
 */
@Injectable()
export class WarmPath {
  constructor(
    private readonly glances: Glances,
    private readonly answers: EarlyAnswers,
    private readonly gate: MissGate,
    private readonly trust: SharedTrust,
    private readonly clock: Clock,
    private readonly events: CacheEvents,
  ) {}

  /** Whether anything may be taken on: not while someone might have to be refused, and not without a Redis that is believed. */
  get isOpen(): boolean {
    return this.gate.isOpen && this.glances.arePossible;
  }

  answer(early: Early, key: CacheKey, router: RequestListener): void {
    this.glances.at(key, (entry) => {
      if (entry === null) return router(early.request, early.response);
      this.events.emit('miss', 'l1');
      this.events.emit('hit', 'redis');
      const nowMs = this.clock.nowMs();
      const verified = this.trust.isVerified(nowMs);
      if (!verified) this.events.emit('stale', 'redis');
      this.answers.send(early, entry, sharedHitTold(entry, nowMs, verified));
    });
  }
}
