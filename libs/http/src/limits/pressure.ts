import underPressure from '@fastify/under-pressure';
import { Injectable } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { SheddingConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { HttpEvents } from '../events.js';

/** If the loop does not run once within a shorter time, the library reports an endless delay. */
const SAMPLE_EVERY_MS = 1_000;
const RETRY_AFTER_SECONDS = 1;

/** Refuses work while this process is overloaded, by its event loop's delay and its heap's size. */
@Injectable()
export class Pressure {
  private isUnder = () => false;

  constructor(
    private readonly config: SheddingConfig,
    private readonly events: HttpEvents,
  ) {}

  /** Begins to measure. */
  async watch(fastify: FastifyInstance): Promise<void> {
    const { eventLoopDelayMs, heapBytes } = this.config;
    if (eventLoopDelayMs === 0 && heapBytes === 0) return;
    // In a context without routes: its own hook would refuse hits, probes and scrapes too.
    await fastify.register((apart, _options, done) => {
      apart.register(underPressure, {
        maxEventLoopDelay: eventLoopDelayMs,
        maxHeapUsedBytes: heapBytes,
        sampleInterval: SAMPLE_EVERY_MS,
      });
      // The work of a start is not pressure.
      apart.addHook('onListen', (listening) => {
        setTimeout(() => {
          this.isUnder = () => apart.isUnderPressure();
        }, SAMPLE_EVERY_MS).unref();
        listening();
      });
      done();
    });
  }

  get isHigh(): boolean {
    return this.isUnder();
  }

  /** @throws ProblemError `OVERLOADED` */
  admit(): void {
    if (!this.isHigh) return;
    this.events.shed('pressure');
    throw new ProblemError('OVERLOADED', {
      detail: 'This process is overloaded. Try again shortly.',
      retryAfterSeconds: RETRY_AFTER_SECONDS,
    });
  }
}

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Refuses writes under pressure, before their bodies are read. */
export function shedWrites(fastify: FastifyInstance, pressure: Pressure): void {
  fastify.addHook('onRequest', async (request) => {
    // guard(writes-are-shed): drop
    if (!READS.has(request.method)) pressure.admit();
  });
}
