import { Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Connections } from './connections.js';
import { DatabaseEvents } from './events.js';

const EVERY_MS = 1_000;

/** Emits the use of the pool from time to time. */
@Injectable()
export class PoolGauge implements OnModuleInit, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly connections: Connections,
    private readonly events: DatabaseEvents,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => this.emitUse(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private emitUse(): void {
    const { use } = this.connections;
    if (use !== null) this.events.emit('pool', use);
  }
}
