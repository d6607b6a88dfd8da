import { Cluster, Redis, type RedisOptions } from 'ioredis';
import type { RedisConfig } from '#libs/config';
import { ProcessLogger, type RedisRefusal } from '#libs/resilience';
import { type CommandClient, trackingClient } from './client-options.js';
import { mastersOf } from './masters.js';
import { describeRefusals } from './rights.js';
import { TrackingLink, type TrackingListener } from './tracking-link.js';

/** How often the links are compared with the current masters: no event reports every change of roles. */
const LOOK_EVERY_MS = 250;

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
    const { namespace } = this.config;
    const prefixes = beginnings.map((beginning) => namespace + beginning);
    const within = withinNamespace(namespace, listener);
    const look = () => this.reconcile(serversOf(client, this.config), prefixes, within);
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
    for (const [name, connect] of masters) {
      if (!this.links.has(name)) this.add(name, connect(), prefixes, listener);
    }
    this.settle(listener);
  }

  private add(name: string, client: Redis, prefixes: readonly string[], listener: TrackingListener): void {
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
      invalidated: (keys) => listener.invalidated(keys),
    };
    const link = new TrackingLink(client, prefixes, ofOne, (refusal) => this.refuse(name, refusal));
    this.links.set(name, link);
    this.settle(listener);
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

/** Redis reports keys as it has them; the rest of the service uses them without their namespace. */
function withinNamespace(namespace: string, listener: TrackingListener): TrackingListener {
  return {
    synced: () => listener.synced(),
    lost: () => listener.lost(),
    heard: (askedMsAgo) => listener.heard(askedMsAgo),
    invalidated: (keys) => listener.invalidated(keys?.map((key) => key.slice(namespace.length)) ?? null),
  };
}

/** The servers to listen to, each by its name, and how to connect to it. */
function serversOf(client: Redis | Cluster, config: RedisConfig): ReadonlyMap<string, () => Redis> {
  const linkTo = (server: RedisOptions) => () => new Redis(trackingClient(config, server));
  if (client instanceof Redis) return new Map([['the one', linkTo(client.options)]]);
  const shared = client.options.redisOptions;
  return new Map(
    [...mastersOf(client)].map((name) => [name, linkTo({ ...shared, ...addressOf(name) })] as const),
  );
}

/** Of `host:port`, whose host may have colons of its own. */
function addressOf(name: string) {
  const colonAt = name.lastIndexOf(':');
  return { host: name.slice(0, colonAt), port: Number(name.slice(colonAt + 1)) };
}
