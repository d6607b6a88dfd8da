import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { MissLimit } from './miss-limit.js';
import { Pressure } from './pressure.js';

/** Whether a request may go beyond this process's memory. */
@Injectable()
export class MissAdmission {
  constructor(
    private readonly pressure: Pressure,
    private readonly limit: MissLimit,
  ) {}

  /** Whether everyone may. */
  get isOpen(): boolean {
    return !this.limit.isSet && !this.pressure.isHigh;
  }

  /** @throws ProblemError `OVERLOADED`, `RATE_LIMITED` */
  async admit(request: FastifyRequest): Promise<void> {
    // First what costs the client nothing: who is refused for the service's sake has not used up a miss.
    this.pressure.admit();
    await this.limit.admit(request);
  }
}
