import { ClusterService, RedisService } from '@liaoliaots/nestjs-redis';
import { Injectable } from '@nestjs/common';
import type { Cluster, Redis } from 'ioredis';

/** A connection to one Redis, or to a cluster of them: commands are the same. */
export type RedisClient = Redis | Cluster;

/** The one connection that commands go over, whatever kind of Redis is configured; null where none is. */
@Injectable()
export class CommandClient {
  readonly client: RedisClient | null;

  constructor(single: RedisService, cluster: ClusterService) {
    this.client = single.getOrNil() ?? cluster.getOrNil();
  }
}
