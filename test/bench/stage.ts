import { createServer } from 'node:http';
import { type Catalogue, createCatalogue } from '../support/catalogue.ts';
import { listen } from '../support/listen.ts';
import { type RedisServer, startRedisServer } from '../support/redis-server.ts';
import { type LoadProcess, startLoadProcess } from './processes/load-process.ts';

/** What contestants run on: a Postgres with a catalogue, a Redis of the bench's own, and the load beside them. */
export interface Stage {
  readonly catalogue: Catalogue;
  readonly products: number;
  readonly redis: RedisServer;
  /** On a core of its own, where contestants are pinned to theirs. */
  readonly load: LoadProcess;
  /** On whatever core is free, for loads on servers that are not pinned. */
  readonly freeLoad: LoadProcess;
  /** Takes the spans of contestants that are traced, and drops them. */
  readonly collectorUrl: string;
  /** Nothing of the contestant before is left in Redis. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** @param products how many there are: prod-0, prod-1 … */
export async function setStage(products: number): Promise<Stage> {
  const [catalogue, redis] = await Promise.all([createCatalogue(products), startRedisServer()]);
  await catalogue.sql('ANALYZE products');
  const [load, freeLoad] = [startLoadProcess('load'), startLoadProcess('anywhere')];
  const collector = await listen(
    createServer((request, response) => {
      request.resume().on('end', () => response.writeHead(200).end());
    }),
  );
  return {
    catalogue,
    products,
    redis,
    load,
    freeLoad,
    collectorUrl: collector.url,
    clear: async () => {
      await redis.client.flushall();
    },
    stop: async () => {
      await Promise.all([load.stop(), freeLoad.stop()]);
      await collector.stop();
      await redis.stop();
      await catalogue.drop();
    },
  };
}
