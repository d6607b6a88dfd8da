import assert from 'node:assert/strict';
import type { Api } from '../api.ts';
import type { Catalogue } from '../catalogue.ts';
import { residentMib } from '../resident-mib.ts';

/** What was seen of a process and of its Postgres while something went on. */
export interface Seen {
  /** By how much more memory it held at most than at the beginning, in MiB. */
  readonly grownMib: number;
  /** Connections to Postgres, at most. */
  readonly connections: number;
  /** Statements that read products at the same time, at most. */
  readonly atOnce: number;
  /** Hits that were asked for, all of them answered. */
  readonly hits: number;
  readonly slowestHitMs: number;
}

const SESSIONS = `
  SELECT count(*)::int AS connections,
    count(*) FILTER (WHERE state = 'active' AND query LIKE '%FROM products%')::int AS loads
  FROM pg_stat_activity WHERE application_name LIKE 'hotshelf%' AND datname = current_database()`;

/**
 * Looks again and again, while some work goes on, at a process's memory and sessions, and asks for what it holds and how it is.
 *
 * @param held a path that memory holds: fails where it is not answered each time
 */
export async function seenDuring(
  api: Api,
  catalogue: Catalogue,
  held: string,
  work: () => Promise<unknown>,
): Promise<Seen> {
  const { now: atFirst } = await residentMib(api);
  let seen: Seen = { grownMib: 0, connections: 0, atOnce: 0, hits: 0, slowestHitMs: 0 };
  const look = async (): Promise<Seen> => {
    const askedAtMs = performance.now();
    const hit = await api.get(held);
    await hit.arrayBuffer();
    assert.equal(hit.status, 200);
    const tookMs = performance.now() - askedAtMs;
    assert.equal((await api.get('/health/live')).status, 200);
    const [sessions] = await catalogue.sql<{ connections: number; loads: number }>(SESSIONS);
    return {
      grownMib: Math.max(seen.grownMib, (await residentMib(api)).now - atFirst),
      connections: Math.max(seen.connections, sessions?.connections ?? 0),
      atOnce: Math.max(seen.atOnce, sessions?.loads ?? 0),
      hits: seen.hits + 1,
      slowestHitMs: Math.max(seen.slowestHitMs, tookMs),
    };
  };
  let over = false;
  const ended = work().finally(() => {
    over = true;
  });
  const looking = (async () => {
    while (!over) seen = await look();
  })();
  await Promise.all([ended, looking]);
  return seen;
}
