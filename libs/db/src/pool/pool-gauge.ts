import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { DatabaseEvents } from '../events.js';
import { Connections } from './connections.js';

const EVERY_MS = 1_000;

/** Tells from time to time how full the pool is. */
@Injectable()
export class PoolGauge implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly events: DatabaseEvents,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.tell(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private tell(): void {
    const { use } = this.connections;
    if (use !== null) this.events.emit('pool', use);
  }
}
