import type { CreateRateLimitOptions } from '@fastify/rate-limit';
import underPressure from '@fastify/under-pressure';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ConfigError, EdgeConfig, SheddingConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { HttpEvents } from './events.js';
import type { HttpRequest } from './platform.js';

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

const MINUTE_MS = 60_000;

/** Clients that are counted at once; beyond that the least recently used are forgotten. */
const MAX_COUNTED = 10_000;

/**
 * Counts a request. The headers report the rest (draft-ietf-httpapi-ratelimit-headers-05).
 *
 * @throws ProblemError `RATE_LIMITED`
 */
export type Take = (request: FastifyRequest) => Promise<Readonly<Record<string, string>>>;

/**
 * A limit of so many requests per minute, counted in this process. Needs @fastify/rate-limit to be registered.
 *
 * @param max at least 1
 * @param keyOf whose request it is; default: the client's address, of IPv6 its /64
 */
export function perMinute(
  fastify: FastifyInstance,
  max: number,
  keyOf?: (request: FastifyRequest) => string,
): Take {
  const options = {
    max,
    timeWindow: MINUTE_MS,
    cache: MAX_COUNTED,
    ...(keyOf && { keyGenerator: keyOf }),
  };
  // `cache` is missing from the library's types for this call, not from the call.
  const count = fastify.createRateLimit(options as CreateRateLimitOptions);
  return async (request) => {
    const counted = await count(request);
    if (counted.isAllowed) return {};
    const headers = {
      'ratelimit-limit': `${max}`,
      'ratelimit-remaining': `${counted.remaining}`,
      'ratelimit-reset': `${counted.ttlInSeconds}`,
    };
    if (!counted.isExceeded) return headers;
    throw new ProblemError('RATE_LIMITED', {
      detail: `At most ${max} of these per minute.`,
      retryAfterSeconds: counted.ttlInSeconds,
      headers,
    });
  };
}

interface MayHaveWriter {
  /** The writer, if one was admitted. */
  readonly writer?: { readonly id: string };
}

/** The id of the writer of a request; empty without authentication. */
export function writerIdOf(request: FastifyRequest & MayHaveWriter): string {
  return request.writer?.id ?? '';
}

/**
 * Limits how often each writer writes.
 *
 * @param max per minute; 0 for no limit
 */
export function addWriteLimit(fastify: FastifyInstance, max: number): void {
  if (max === 0) return;
  const take = perMinute(fastify, max, writerIdOf);
  fastify.addHook('onRequest', (request, reply, done) => {
    if (writerIdOf(request) === '') return done();
    take(request).then((headers) => {
      reply.headers(headers);
      done();
    }, done);
  });
}

/** Limits the L1 misses of each client; L1 hits are not counted. */
@Injectable()
export class MissLimit implements OnModuleInit {
  private take: Take | undefined;

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly config: EdgeConfig,
  ) {}

  get isSet(): boolean {
    return this.config.missesPerMinute > 0;
  }

  /** @throws ConfigError without @fastify/rate-limit: `startService` has it registered */
  onModuleInit(): void {
    if (!this.isSet) return;
    const fastify: Partial<FastifyInstance> = this.adapterHost.httpAdapter.getInstance();
    if (fastify.createRateLimit === undefined)
      throw new ConfigError([
        {
          name: 'RATE_LIMIT_MISSES',
          message: 'RATE_LIMIT_MISSES must be 0 for a service that startService does not start.',
        },
      ]);
    this.take = perMinute(fastify as FastifyInstance, this.config.missesPerMinute);
  }

  /** @throws ProblemError `RATE_LIMITED` */
  async admit(request: HttpRequest): Promise<void> {
    await this.take?.(request as unknown as FastifyRequest);
  }
}

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
