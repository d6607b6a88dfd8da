import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '#libs/config';
import { ProcessLogger, type RedisRefusal, refusalOf } from '#libs/resilience';
import { type CommandClient, slowDownIfRefused, slowPauses, trackingClient } from './client-options.js';
import { addressOf, mastersOf } from './masters.js';
import { describeRefusals, INVALIDATIONS } from './rights.js';

/** How often a link is asked for a sign of life. */
const PING_EVERY_MS = 250;
/** One that has not answered for this long is taken for half-open: a peer that vanished sends no FIN. */
const SILENCE_LIMIT_MS = 500;
/** How often the links are compared with the current masters: no event reports every change of roles. */
const LOOK_EVERY_MS = 250;

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
 * Receives the invalidations of one Redis server (server-assisted client-side caching, broadcasting mode): redirected to its own
 * connection, as messages. Tracking does not survive a reconnect, so it is set up again at each one.
 */
export class TrackingLink {
  private state: 'lost' | 'arming' | 'synced' | 'refused' = 'lost';
  private pingedAtMs: number | null = null;
  private readonly timer: NodeJS.Timeout;
  private readonly pauses = slowPauses();
  private nextAttempt: NodeJS.Timeout | undefined;

  /**
   * @param client a connection of the link's own, not connected yet
   * @param refused called if Redis refuses tracking, at each attempt. A refused login is reported elsewhere
   */
  constructor(
    private readonly client: Redis,
    private readonly prefixes: readonly string[],
    private readonly listener: TrackingListener,
    private readonly refused: (refusal: RedisRefusal) => void = () => undefined,
  ) {
    slowDownIfRefused(client);
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
    const prefixes = this.prefixes.flatMap((prefix) => ['PREFIX', prefix]);
    try {
      const id = await this.client.client('ID');
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
    const again = () => this.state === 'refused' && this.reconnect();
    this.nextAttempt = setTimeout(again, this.pauses.nextMs()).unref();
  }

  private ping(): void {
    const { pingedAtMs } = this;
    if (pingedAtMs !== null) {
      // The answer may be here and unread: after a stall of this process its timers come before its sockets.
      const giveUp = () => this.pingedAtMs === pingedAtMs && this.reconnect();
      if (performance.now() - pingedAtMs > SILENCE_LIMIT_MS) setImmediate(giveUp);
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
    this.listener.invalidated(payload === null ? null : [payload].flat().map(String));
  }
}

/**
 * One tracking link for every master: a subscription of a cluster hears one node only. All of them together are one
 * link, which is synced while each of them is.
 */
export class TrackingLinks {
  private readonly logger = new ProcessLogger('Tracking');
  private readonly links = new Map<string, TrackingLink>();
  /** The reason for each link that Redis refuses. */
  private readonly refusals = new Map<string, string>();
  private readonly heardAtMs = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private synced = false;
  private stopping = false;

  constructor(
    private readonly commands: Pick<CommandClient, 'client'>,
    private readonly config: RedisConfig,
  ) {}

  /** Why Redis refuses one of the links, which is tried again slowly; null if it does not. */
  get refusal(): string | null {
    return [...this.refusals.values()][0] ?? null;
  }

  /** @param beginnings of the keys whose changes are reported, without the namespace; so are the reported keys */
  start(beginnings: readonly string[], listener: TrackingListener): void {
    const { client } = this.commands;
    if (client === null || beginnings.length === 0) return;
    const prefixes = beginnings.map((beginning) => this.config.namespace + beginning);
    const look = () => this.reconcile(serversOf(client, this.config), prefixes, listener);
    look();
    if (client instanceof Cluster) this.timer = setInterval(look, LOOK_EVERY_MS);
  }

  onApplicationShutdown(): void {
    // A process that closes its links has not lost them.
    this.stopping = true;
    clearInterval(this.timer);
    for (const link of this.links.values()) link.close();
    this.links.clear();
  }

  private reconcile(
    masters: ReadonlyMap<string, () => Redis>,
    prefixes: readonly string[],
    listener: TrackingListener,
  ): void {
    for (const [name, link] of this.links) {
      if (masters.has(name)) continue;
      this.links.delete(name);
      this.heardAtMs.delete(name);
      this.refusals.delete(name);
      link.close();
    }
    for (const [name, connect] of masters)
      if (!this.links.has(name)) this.add(name, connect(), prefixes, listener);
    this.settle(listener);
  }

  private add(name: string, client: Redis, prefixes: readonly string[], listener: TrackingListener): void {
    const start = this.config.namespace.length;
    const ofOne: TrackingListener = {
      synced: () => {
        this.heardAtMs.set(name, performance.now());
        if (this.refusals.delete(name) && this.refusals.size === 0)
          this.logger.log('invalidations are received again: all rights are granted');
        this.settle(listener);
      },
      lost: () => this.settle(listener),
      heard: (askedMsAgo) => {
        this.heardAtMs.set(name, performance.now() - askedMsAgo);
        if (this.synced) listener.heard(performance.now() - Math.min(...this.heardAtMs.values()));
      },
      // Redis reports keys with their namespace; the rest of the service uses them without.
      invalidated: (keys) => listener.invalidated(keys?.map((key) => key.slice(start)) ?? null),
    };
    const refused = (refusal: RedisRefusal) => this.refuse(name, refusal);
    this.links.set(name, new TrackingLink(client, prefixes, ofOne, refused));
  }

  private refuse(name: string, refusal: RedisRefusal): void {
    const why = describeRefusals([refusal], this.config.prefix);
    // Links of a cluster have one user: the same right is missing in each.
    const isNews = ![...this.refusals.values()].includes(why);
    this.refusals.set(name, why);
    if (isNews)
      this.logger.error(
        `no invalidations are received: ${why}. L1 trusts an entry for CACHE_L1_UNSYNCED_TTL. Tracking is tried again, at least every 30 s`,
      );
  }

  /** Emits `synced` when the last of them is, and `lost` when the first of them falls. */
  private settle(listener: TrackingListener): void {
    const synced = this.links.size > 0 && [...this.links.values()].every((link) => link.isSynced);
    if (this.stopping || synced === this.synced) return;
    this.synced = synced;
    if (synced) listener.synced();
    else listener.lost();
  }
}

/** The servers to listen to, each by its name, and how to connect to it. */
function serversOf(client: Redis | Cluster, config: RedisConfig): ReadonlyMap<string, () => Redis> {
  const linkTo = (server: RedisOptions) => () => new Redis(trackingClient(config, server));
  if (client instanceof Redis) return new Map([['the one', linkTo(client.options)]]);
  const shared = client.options.redisOptions;
  return new Map([...mastersOf(client)].map((name) => [name, linkTo({ ...shared, ...addressOf(name) })]));
}
