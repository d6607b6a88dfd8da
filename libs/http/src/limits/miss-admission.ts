import { Injectable } from '@nestjs/common';
import type { HttpRequest } from '../platform.js';
import { Pressure } from './pressure.js';
import { MissLimit } from './rate-limits.js';

/** Admission of misses: whether a request may go beyond L1. */
@Injectable()
export class MissAdmission {
  constructor(
    private readonly pressure: Pressure,
    private readonly limit: MissLimit,
  ) {}

  /** Whether every request may. */
  get isOpen(): boolean {
    return !this.limit.isSet && !this.pressure.isHigh;
  }

  /** @throws ProblemError `OVERLOADED`, `RATE_LIMITED` */
  async admit(request: HttpRequest): Promise<void> {
    // Pressure first: a request that is shed does not count as a miss of its client.
    // guard(misses-are-shed): drop
    this.pressure.admit();
    await this.limit.admit(request);
  }
}
