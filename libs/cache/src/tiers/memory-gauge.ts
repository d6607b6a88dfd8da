import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { CacheEvents } from '../events.js';
import { MemoryTier } from './memory-tier.js';

const EVERY_MS = 1_000;

/** Tells from time to time how full memory is: at every fill would cost more than it tells. */
@Injectable()
export class MemoryGauge implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly memory: MemoryTier,
    private readonly events: CacheEvents,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.tell(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private tell(): void {
    this.events.emit('size', { bytes: this.memory.bytes, entries: this.memory.count });
  }
}
