import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { RedisConfig } from '#libs/config';
import { trackingClient } from '../client-options.js';
import { mastersOf } from '../masters.js';
import { CommandClient } from '../redis-client.js';
import { TrackingLink, type TrackingListener } from './tracking-link.js';

/** How often the links are compared with the masters that there are: no event tells of every change of roles. */
const LOOK_EVERY_MS = 250;

/**
 * One tracking link for every master that there is: a subscription of a cluster hears one node only. All of them
 * together are one link, which stands while each of them does.
 */
@Injectable()
export class TrackingLinks implements OnApplicationShutdown {
  private readonly links = new Map<string, TrackingLink>();
  private readonly heardAtMs = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private synced = false;

  constructor(
    private readonly commands: CommandClient,
    private readonly config: RedisConfig,
  ) {}

  /** @param prefixes the keys whose changes are told */
  start(prefixes: readonly string[], listener: TrackingListener): void {
    const { client } = this.commands;
    if (client === null || prefixes.length === 0) return;
    const look = () => this.reconcile(serversOf(client, this.config), prefixes, listener);
    look();
    if (client instanceof Cluster) this.timer = setInterval(look, LOOK_EVERY_MS);
  }

  onApplicationShutdown(): void {
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
      link.close();
    }
    for (const [name, connect] of masters) {
      if (!this.links.has(name)) this.add(name, connect(), prefixes, listener);
    }
    this.settle(listener);
  }

  private add(name: string, client: Redis, prefixes: readonly string[], listener: TrackingListener): void {
    const link = new TrackingLink(client, prefixes, {
      synced: () => {
        this.heardAtMs.set(name, performance.now());
        this.settle(listener);
      },
      lost: () => this.settle(listener),
      heard: (askedMsAgo) => {
        this.heardAtMs.set(name, performance.now() - askedMsAgo);
        if (this.synced) listener.heard(performance.now() - Math.min(...this.heardAtMs.values()));
      },
      invalidated: (keys) => listener.invalidated(keys),
    });
    this.links.set(name, link);
    this.settle(listener);
  }

  /** Tells when the last of them stands, and when the first of them falls. */
  private settle(listener: TrackingListener): void {
    const synced = this.links.size > 0 && [...this.links.values()].every((link) => link.isSynced);
    if (synced === this.synced) return;
    this.synced = synced;
    if (synced) listener.synced();
    else listener.lost();
  }
}

/** What to listen to, each by its name, and how to connect to it. */
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
