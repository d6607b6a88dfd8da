import { DataSource } from 'typeorm';
import { WriteThrough } from '#libs/coherence';
import { readConfig } from '#libs/config';
import { DatabaseWriter } from '#libs/db';
import { ResilienceEvents } from '#libs/resilience';
import { ChangeApplier } from '#src/libs/coherence/src/relay/change-applier';
import { serviceDataSource } from '#src/libs/db/src/data-source-options';
import { Connections } from '#src/libs/db/src/pool/connections';
import { DependencyPolicy } from '#src/libs/resilience/src/dependency-policy';
import { createCacheNode } from '../support/cache-node.ts';
import type { Ledger } from './ledger.ts';
import type { Random } from './random.ts';
import type { Writer } from './sql-writers.ts';
import type { System } from './system.ts';
import type { Verdict } from './verdict.ts';

interface Row {
  readonly stock: number;
  readonly version: string;
}

const UPDATE = 'UPDATE products SET stock = $2 WHERE id = $1 RETURNING stock, version';

/** Writes as the service does, with its own code: through the database and, right after the commit, the tiers. */
export async function startServiceWriter(
  { catalogue, redisUrl }: System,
  ledger: Ledger,
  random: Random,
  verdict: Verdict,
): Promise<{ write: Writer; stop(): Promise<void> }> {
  const { database } = readConfig({ DATABASE_URL: catalogue.url });
  const dataSource = await new DataSource(serviceDataSource(database)).initialize();
  const policy = new DependencyPolicy(
    { dependency: 'postgres', timeoutMs: 2_000, failures: 1_000, windowMs: 1, openMs: 1 },
    new ResilienceEvents(),
  );
  const node = await createCacheNode({
    redisUrl,
    config: { l1UnsyncedTtlMs: 1_000 },
    commandTimeout: '100ms',
  });
  const writes = new WriteThrough(node.changes, new ChangeApplier(node.changes, { of: () => [] }));
  const writer = new DatabaseWriter(new Connections(dataSource), policy);

  const stateOf = ({ stock, version }: Row) =>
    ({ state: 'present', version: Number(version), body: JSON.stringify({ stock }) }) as const;
  const load = (key: string) => async () => {
    const [row] = await catalogue.sql<Row>('SELECT stock, version FROM products WHERE id = $1', [key]);
    return row === undefined ? ({ state: 'absent', version: 0 } as const) : stateOf(row);
  };
  const write = async (key: string, number: number) => {
    const update = () => writer.write(async (sql) => (await sql<Row>(UPDATE, [key, number]))[0] as Row);
    await writes.run(`product:${key}`, update, (row) => ({
      ...stateOf(row),
      // Not all that the service would cache: the readers look at the stock alone.
      body: JSON.stringify({ id: key, stock: number }),
    }));
    const { entry } = await node.reader.read(`product:${key}`, load(key));
    const read = entry.state === 'present' ? JSON.parse(entry.body).stock : -1;
    if (read < number) verdict.lost(`the service wrote ${number} to ${key} and read ${read} right after`);
  };
  return {
    write: () =>
      ledger.with(random, 1, async ([key]) => {
        if (key === undefined || !ledger.isPresent(key)) return;
        await ledger.commit([key], 'present', ([number]) => write(key, number ?? 0));
      }),
    stop: async () => {
      node.close();
      await dataSource.destroy();
    },
  };
}
