import type { Redis } from 'ioredis';
import { BackOff, type RedisRefusal, refusalOf } from '#libs/resilience';
import { FIRST_PAUSE_MS, LAST_PAUSE_MS, reconnectSlowlyIfRefused } from './client-options.js';

/** Where Redis publishes the keys that changed, for connections that have their invalidations redirected (RESP2). */
export const INVALIDATIONS = '__redis__:invalidate';

/** How often the link is asked for a sign of life. */
const PING_EVERY_MS = 250;
/** One that has not answered for this long is taken for half-open: a peer that vanished sends no FIN. */
const SILENCE_LIMIT_MS = 500;

/** Events of a tracking link. `keys` null: everything may have changed. */
export interface TrackingListener {
  /** Every change from now on is reported. */
  synced(): void;
  /** No change is reported any more; changes since the last sign of life may be lost. */
  lost(): void;
  /** The server answered a ping that was sent that many milliseconds ago: invalidations from before have arrived. */
  heard(askedMsAgo: number): void;
  invalidated(keys: readonly string[] | null): void;
}

/**
 * Receives the invalidations of one Redis server (server-assisted client-side caching, broadcasting mode).
 *
 * The connection speaks RESP2 and redirects the invalidations to itself as messages: the driver drops the pushes of
 * RESP3. Tracking does not survive a reconnect, so it is set up again at each one.
 */
export class TrackingLink {
  private state: 'lost' | 'arming' | 'synced' | 'refused' = 'lost';
  private pingedAtMs: number | null = null;
  private readonly timer: NodeJS.Timeout;
  private readonly pauses = new BackOff(FIRST_PAUSE_MS, LAST_PAUSE_MS);
  private nextAttempt: NodeJS.Timeout | undefined;

  /**
   * @param client a connection of the link's own, not connected yet
   * @param prefixes which keys; none may begin with another
   * @param refused called if Redis refuses tracking, at each attempt. A refused login is reported elsewhere
   */
  constructor(
    private readonly client: Redis,
    private readonly prefixes: readonly string[],
    private readonly listener: TrackingListener,
    private readonly refused: (refusal: RedisRefusal) => void = () => undefined,
  ) {
    reconnectSlowlyIfRefused(client);
    client.on('messageBuffer', (_channel: Buffer, payload: unknown) => this.take(payload));
    client.on('ready', () => void this.arm());
    client.on('close', () => this.lose());
    // The command connection, to the same server, reports it.
    client.on('error', () => undefined);
    client.connect().catch(() => undefined);
    this.timer = setInterval(() => this.ping(), PING_EVERY_MS);
  }

  get isSynced(): boolean {
    return this.state === 'synced';
  }

  close(): void {
    clearInterval(this.timer);
    clearTimeout(this.nextAttempt);
    this.lose();
    this.client.disconnect();
  }

  private async arm(): Promise<void> {
    this.state = 'arming';
    this.pingedAtMs = performance.now();
    try {
      const id = await this.client.client('ID');
      const prefixes = this.prefixes.flatMap((prefix) => ['PREFIX', prefix]);
      await this.client.call('CLIENT', ['TRACKING', 'ON', 'REDIRECT', String(id), 'BCAST', ...prefixes]);
      await this.client.subscribe(INVALIDATIONS);
      this.pingedAtMs = null;
      this.state = 'synced';
      this.pauses.reset();
      this.listener.synced();
    } catch (error) {
      const refusal = refusalOf(error);
      // guard(refused-link-stays-connected): true
      if (refusal === undefined) this.reconnect();
      else this.giveUpForNow(refusal);
    }
  }

  /** Stays connected: another connection would be refused as well. Later by a new one, since this one may be half set up. */
  private giveUpForNow(refusal: RedisRefusal): void {
    this.pingedAtMs = null;
    this.state = 'refused';
    this.refused(refusal);
    clearTimeout(this.nextAttempt);
    this.nextAttempt = setTimeout(() => {
      if (this.state === 'refused') this.reconnect();
    }, this.pauses.nextMs()).unref();
  }

  private ping(): void {
    const { pingedAtMs } = this;
    if (pingedAtMs !== null) {
      // The answer may be here and unread: after a stall of this process its timers come before its sockets.
      if (performance.now() - pingedAtMs > SILENCE_LIMIT_MS) setImmediate(() => this.giveUpOn(pingedAtMs));
      return;
    }
    if (this.state !== 'synced') return;
    const askedAtMs = performance.now();
    this.pingedAtMs = askedAtMs;
    this.client.ping().then(
      () => this.answered(askedAtMs),
      // A refusal is an answer: invalidations from before it have arrived.
      (error: unknown) => (refusalOf(error) === undefined ? this.reconnect() : this.answered(askedAtMs)),
    );
  }

  private answered(askedAtMs: number): void {
    if (this.pingedAtMs !== askedAtMs) return;
    this.pingedAtMs = null;
    this.listener.heard(performance.now() - askedAtMs);
  }

  private giveUpOn(pingedAtMs: number): void {
    if (this.pingedAtMs === pingedAtMs) this.reconnect();
  }

  private reconnect(): void {
    this.lose();
    if (this.client.status !== 'end') this.client.disconnect(true);
  }

  private lose(): void {
    this.pingedAtMs = null;
    if (this.state === 'lost') return;
    const wasSynced = this.state === 'synced';
    this.state = 'lost';
    if (wasSynced) this.listener.lost();
  }

  private take(payload: unknown): void {
    // The driver still delivers data that it had read from the socket before `disconnect`.
    // guard(closed-link-says-nothing): drop
    if (this.state === 'lost') return;
    if (payload === null) this.listener.invalidated(null);
    else if (Array.isArray(payload)) this.listener.invalidated(payload.map(String));
    else this.listener.invalidated([String(payload)]);
  }
}
