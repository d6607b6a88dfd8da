import { Inject, Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Cluster } from 'ioredis';
import { isTimeout, type Outcome, RecoveryProbe, RedisPolicy } from '#libs/resilience';
import { masterTags } from './master-tags.js';
import { CommandClient, type RedisClient } from './redis-client.js';
import type { Script } from './scripts/script.js';
import { SilentConnections } from './silent-connections.js';

/** The service's way to Redis: configured or not, connected or not, every call has an outcome and none throws. */
@Injectable()
export class RedisLink implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('Redis');
  private readonly client: RedisClient | null;
  private readonly recovery: RecoveryProbe;
  private readonly silent = new SilentConnections();
  private lastComplaint = '';

  constructor(
    commands: CommandClient,
    @Inject(RedisPolicy) private readonly policy: RedisPolicy,
  ) {
    this.client = commands.client;
    this.recovery = new RecoveryProbe(policy, () => this.probe());
  }

  get state(): 'absent' | 'connected' | 'disconnected' {
    if (this.client === null) return 'absent';
    return this.client.status === 'ready' ? 'connected' : 'disconnected';
  }

  get isCluster(): boolean {
    return this.client instanceof Cluster;
  }

  /** Makes a Lua script a command of the connection. Call it before the first command is sent. */
  defineScript({ name, numberOfKeys, lua }: Script): void {
    this.client?.defineCommand(name, numberOfKeys === 'any' ? { lua } : { numberOfKeys, lua });
    if (numberOfKeys === 'any') this.client?.options.autoPipeliningIgnoredCommands?.push(name);
  }

  /** Starts connecting, without waiting: a service whose Redis is away starts all the same. */
  onModuleInit(): void {
    const client = this.client;
    if (client === null) return;
    client.on('ready', () => {
      this.lastComplaint = '';
      this.logger.log('connected');
      this.policy.recovered();
    });
    client.on('error', (error: Error) => this.complain(error.message));
    client.connect().catch((error: Error) => this.complain(error.message));
  }

  onApplicationShutdown(): void {
    this.recovery.stop();
  }

  /** Runs a command under the policy for Redis, or skips it where it could not be answered now. Never throws. */
  async run<T>(command: (client: RedisClient) => Promise<T>): Promise<Outcome<T>> {
    const client = this.client;
    if (client === null) return { kind: 'skipped', why: 'absent' };
    if (client.status !== 'ready') return { kind: 'skipped', why: 'disconnected' };
    const outcome = await this.policy.run(() => command(client));
    if (outcome.kind === 'failed' && isTimeout(outcome.error)) this.silent.suspect(client);
    return outcome;
  }

  /** Tags that put a key on each master in turn; one empty text where there is no cluster, none without Redis. */
  masterTags(): readonly string[] {
    return this.client === null ? [] : masterTags(this.client);
  }

  /** Resolves once the connection stands, or when it has not come up in time. */
  async connectedWithin(ms: number): Promise<void> {
    const { client } = this;
    if (client === null || client.status === 'ready') return;
    const over = Promise.withResolvers<void>();
    // Not `events.once`: that ends at the first error, and the next attempt may succeed.
    client.once('ready', over.resolve);
    const timer = setTimeout(over.resolve, ms);
    await over.promise;
    clearTimeout(timer);
    client.off('ready', over.resolve);
  }

  /** Asks Redis for a sign of life past the breaker, and closes the breaker when it answers. */
  async probe(): Promise<void> {
    if (this.client?.status !== 'ready') throw new Error('not connected');
    await this.client.ping();
    this.policy.recovered();
  }

  /** Reconnecting repeats the same error several times a second: a line is logged when it changes. */
  private complain(message: string): void {
    if (message === this.lastComplaint) return;
    this.lastComplaint = message;
    this.logger.warn(`not usable, going on without it: ${message}`);
  }
}
