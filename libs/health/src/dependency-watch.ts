import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { DatabaseLink } from '#libs/db';
import { RedisLink } from '#libs/redis';
import { DependencyCheck } from './dependency-check.js';

const EVERY_MS = 1_000;

/** Checks the dependencies in the background: however many probes ask, none of them waits for Postgres or Redis. */
@Injectable()
export class DependencyWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly postgres: DependencyCheck;
  readonly redis: DependencyCheck;
  private timer: NodeJS.Timeout | undefined;

  constructor(database: DatabaseLink, redis: RedisLink) {
    this.postgres = new DependencyCheck(() => database.probe());
    this.redis = new DependencyCheck(() => redis.probe());
  }

  /** The first time before anyone can ask. */
  async onApplicationBootstrap(): Promise<void> {
    await this.check();
    // Processes that were started together should not ask together.
    this.timer = setInterval(() => void this.check(), EVERY_MS * (0.9 + Math.random() / 5)).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async check(): Promise<void> {
    await Promise.all([this.postgres.run(), this.redis.run()]);
  }
}
