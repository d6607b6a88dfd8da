import type { Redis } from 'ioredis';

const CHANNEL = '__redis__:invalidate';

/** How often the link is asked for a sign of life. */
const PING_EVERY_MS = 250;
/** One that has not answered for this long is taken for half-open: a peer that vanished sends no FIN. */
const SILENCE_LIMIT_MS = 500;

/** What a link tells. `keys` null: everything may have changed. */
export interface TrackingListener {
  /** Whatever changes from now on is told. */
  synced(): void;
  /** Nothing more is told; what changed since the last sign of life may not have been. */
  lost(): void;
  /** The server answered a question that was asked that many milliseconds ago: what it told before has arrived. */
  heard(askedMsAgo: number): void;
  invalidated(keys: readonly string[] | null): void;
}

/**
 * Hears from one Redis server which keys change (server-assisted client-side caching, broadcasting mode).
 *
 * The connection speaks RESP2 and redirects the notices to itself as messages: the driver drops the pushes that RESP3
 * would send. Nothing about it survives a reconnect, so it is armed again at each one.
 */
export class TrackingLink {
  private state: 'lost' | 'arming' | 'synced' = 'lost';
  private pingedAtMs: number | null = null;
  private readonly timer: NodeJS.Timeout;

  /**
   * @param client a connection of the link's own, not connected yet
   * @param prefixes which keys; none may begin with another
   */
  constructor(
    private readonly client: Redis,
    private readonly prefixes: readonly string[],
    private readonly listener: TrackingListener,
  ) {
    client.on('messageBuffer', (_channel: Buffer, payload: unknown) => this.take(payload));
    client.on('ready', () => void this.arm());
    client.on('close', () => this.lose());
    // Told by the command connection, whose server it is too.
    client.on('error', () => undefined);
    client.connect().catch(() => undefined);
    this.timer = setInterval(() => this.ping(), PING_EVERY_MS);
  }

  get isSynced(): boolean {
    return this.state === 'synced';
  }

  close(): void {
    clearInterval(this.timer);
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
      await this.client.subscribe(CHANNEL);
      this.pingedAtMs = null;
      this.state = 'synced';
      this.listener.synced();
    } catch {
      this.reconnect();
    }
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
      () => this.reconnect(),
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
    const told = this.state === 'synced';
    this.state = 'lost';
    if (told) this.listener.lost();
  }

  private take(payload: unknown): void {
    // What had been read from the socket already is told by the driver also after it was told to disconnect.
    if (this.state === 'lost') return;
    if (payload === null) this.listener.invalidated(null);
    else if (Array.isArray(payload)) this.listener.invalidated(payload.map(String));
    else this.listener.invalidated([String(payload)]);
  }
}
