import { CacheEvents } from '../events.js';
import { L1Tier } from './l1-tier.js';

const EVERY_MS = 1_000;

/** Emits once a second how full L1 is. To emit it at each fill would cost more than it is worth. */
export class L1Gauge {
  private timer: NodeJS.Timeout | undefined;
  private others: () => number = () => 0;

  constructor(
    private readonly l1: L1Tier,
    private readonly events: CacheEvents,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.emit(), EVERY_MS).unref();
  }

  /** @param bytes what shares L1's bytes with its entries, such as their compressed bodies */
  include(bytes: () => number): void {
    this.others = bytes;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private emit(): void {
    this.events.emit('size', { bytes: this.l1.bytes + this.others(), entries: this.l1.count });
  }
}
