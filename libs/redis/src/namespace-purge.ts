import { setTimeout as pause } from 'node:timers/promises';
import calculateSlot from 'cluster-key-slot';
import { Cluster, type Redis } from 'ioredis';
import type { RedisConfig } from '#libs/config';
import type { CommandClient } from './client-options.js';
import type { RedisLink } from './redis-link.js';

/** Keys that one SCAN looks at: about a millisecond of Redis' time, with their removal. */
const BATCH = 1_000;
/** One late answer of a busy Redis does not restart the purge. */
const ATTEMPTS = 4;
const RETRY_MS = 25;
/** The longest wait for commands that were sent before. One that is later still costs its key a load at each change. */
const LATE_MS = 250;

/** The result of one SCAN; `next` is `0` at the end. */
interface Batch {
  readonly next: string;
  readonly removed: number;
}

/** Removes the keys of the service's namespace, and no others. */
export class NamespacePurge {
  constructor(
    private readonly commands: Pick<CommandClient, 'client'>,
    private readonly link: RedisLink,
    private readonly config: RedisConfig,
  ) {}

  /**
   * Purges the masters on which keys with these hash tags lie; see `RedisLink.masterTags`.
   *
   * Twice each, unless there was nothing. A fill under a lease that the first pass had not reached yet may have put an entry
   * where that pass had been; no lease from before the first pass is left in the second, and no command from before it is still
   * on its way.
   *
   * @param kept keys that begin so stay
   * @returns whether nothing else of before is left
   */
  async purge(tags: readonly string[], kept: string): Promise<boolean> {
    for (const tag of tags) {
      const node = this.masterOf(tag);
      if (node === undefined) return false;
      const removed = await this.pass(node, kept);
      if (removed === undefined) return false;
      if (removed === 0) continue;
      await pause(Math.min(this.config.commandTimeoutMs, LATE_MS));
      if ((await this.pass(node, kept)) === undefined) return false;
    }
    return true;
  }

  /**
   * Rests after each batch for as long as it took, so that half of Redis' time is left to the others.
   *
   * @returns how many keys were removed
   */
  private async pass(node: Redis, kept: string): Promise<number | undefined> {
    let removed = 0;
    let cursor = '0';
    do {
      const startedAtMs = performance.now();
      const batch = await this.removeBatchPatiently(node, cursor, kept);
      if (batch === undefined) return undefined;
      removed += batch.removed;
      cursor = batch.next;
      if (cursor !== '0') await pause(performance.now() - startedAtMs);
    } while (cursor !== '0');
    return removed;
  }

  private async removeBatchPatiently(node: Redis, cursor: string, kept: string): Promise<Batch | undefined> {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const outcome = await this.link.run(() => this.removeBatch(node, cursor, kept));
      if (outcome.kind === 'answered') return outcome.value;
      await pause(attempt * RETRY_MS);
    }
    return undefined;
  }

  private async removeBatch(node: Redis, cursor: string, kept: string): Promise<Batch> {
    const { namespace } = this.config;
    const [next, found] = await node.scan(cursor, 'MATCH', `${namespace}*`, 'COUNT', BATCH);
    const keys = found.filter((key) => !key.startsWith(namespace + kept));
    // The driver puts its prefix in front of the keys of commands, and leaves it in those of replies.
    const ownPrefix = node.options.keyPrefix ?? '';
    const unlinked = node.pipeline();
    // One by one: the keys of a cluster's node lie in many slots.
    for (const key of keys) unlinked.unlink(key.slice(ownPrefix.length));
    for (const [error] of (await unlinked.exec()) ?? []) if (error) throw error;
    return { next, removed: keys.length };
  }

  private masterOf(tag: string): Redis | undefined {
    const { client } = this.commands;
    if (!(client instanceof Cluster)) return client ?? undefined;
    const owner = client.slots[calculateSlot(tag)]?.[0];
    return client.nodes('master').find(({ options }) => `${options.host}:${options.port}` === owner);
  }
}
