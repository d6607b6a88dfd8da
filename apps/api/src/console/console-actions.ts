import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ConsoleConfig, RedisConfig } from '#libs/config';
import { ProblemError } from '#libs/errors';
import { MetricsPage } from '#libs/metrics';

const LOAD_SECONDS = 60;
const LOAD_TICK_MS = 50;
const REQUESTS_PER_TICK = 25;
/** A service that is slower than the load is not buried under it. */
const MAX_IN_FLIGHT = 64;
/** Most requests are for a few products, as in a flash sale. */
const HOT_SHARE = 0.8;
const HOT_PRODUCTS = 50;
const PRODUCTS = 10_000;

const LOOK_EVERY_MS = 20;
const ARRIVAL_TIMEOUT_MS = 2_000;

/** Changes the price of some product. */
export type ChangePrice = () => Promise<{ readonly product: string; readonly price: number }>;

/** How a change of a price reached the processes. */
export interface PriceChange {
  readonly product: string;
  readonly price: number;
  readonly arrivals: readonly { readonly pid: number; readonly ms: number }[];
  readonly processes: number;
}

/** What the buttons of the console do, in development only. */
@Injectable()
export class ConsoleActions implements OnApplicationShutdown {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 16 });
  private timer: NodeJS.Timeout | undefined;
  private inFlight = 0;

  constructor(
    private readonly config: ConsoleConfig,
    private readonly redis: RedisConfig,
    private readonly adapter: HttpAdapterHost,
    private readonly page: MetricsPage,
  ) {}

  get canPauseRedis(): boolean {
    return this.config.redisPid !== null;
  }

  onApplicationShutdown(): void {
    this.stopLoad();
  }

  /** Reads products for a minute. A second call begins the minute again. */
  startLoad(): { readonly seconds: number } {
    this.stopLoad();
    const endsAtMs = performance.now() + LOAD_SECONDS * 1_000;
    this.timer = setInterval(() => {
      if (performance.now() >= endsAtMs) this.stopLoad();
      for (let n = 0; n < REQUESTS_PER_TICK && this.inFlight < MAX_IN_FLIGHT; n += 1) this.readOne();
    }, LOAD_TICK_MS).unref();
    return { seconds: LOAD_SECONDS };
  }

  /** Changes a price, and waits until each process has heard of it. */
  async followPrice(change: ChangePrice): Promise<PriceChange> {
    const before = await this.invalidations();
    const startedAtMs = performance.now();
    const changed = await change();
    const arrivals = new Map<number, number>();
    const isOver = () =>
      performance.now() - startedAtMs > ARRIVAL_TIMEOUT_MS || this.redis.server.kind === 'absent';
    do {
      const now = await this.invalidations();
      const ms = Math.round(performance.now() - startedAtMs);
      for (const [pid, count] of now)
        if (count > (before.get(pid) ?? 0) && !arrivals.has(pid)) arrivals.set(pid, ms);
      if (arrivals.size >= now.size) break;
      await pause(LOOK_EVERY_MS);
    } while (!isOver());
    return {
      ...changed,
      arrivals: [...arrivals].map(([pid, ms]) => ({ pid, ms })),
      processes: before.size,
    };
  }

  /** Makes the Redis of `npm start` silent, as if its machine were gone, or lets it go on. */
  pauseRedis(isPaused: boolean): void {
    const { redisPid } = this.config;
    if (redisPid === null)
      throw new ProblemError('CONFLICT', { detail: 'This Redis was not started by npm start.' });
    try {
      process.kill(redisPid, isPaused ? 'SIGSTOP' : 'SIGCONT');
    } catch (cause) {
      throw new ProblemError('CONFLICT', { detail: 'The Redis of npm start has ended.', cause });
    }
  }

  private stopLoad(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    // Only those that are idle: what is under way is answered.
    for (const sockets of Object.values(this.agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy();
  }

  private readOne(): void {
    const of = Math.random() < HOT_SHARE ? HOT_PRODUCTS : PRODUCTS;
    const path = `/products/prod-${Math.floor(Math.random() * of)}`;
    const listening: AddressInfo | null = this.adapter.httpAdapter.getHttpServer().address();
    // The process stops.
    if (listening === null) {
      this.stopLoad();
      return;
    }
    const { address, port } = listening;
    const host = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
    this.inFlight += 1;
    const done = () => {
      this.inFlight -= 1;
    };
    get({ host, port, path, agent: this.agent, timeout: 5_000 }, (response) => response.resume())
      .once('error', () => undefined)
      .once('close', done);
  }

  private async invalidations(): Promise<ReadonlyMap<number, number>> {
    const { processes } = await this.page.snapshot();
    return new Map(processes.map(({ pid, values }) => [pid, values['cache_invalidations_total'] ?? 0]));
  }
}
