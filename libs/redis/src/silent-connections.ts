import { Cluster, type Redis } from 'ioredis';
import { isTimeout } from '#libs/resilience';
import type { RedisClient } from './client-options.js';

/** A connection that has answered no question for this long counts as dead. */
const SILENCE_LIMIT_MS = 500;

/**
 * Replaces connections whose peer vanished: such a peer sends no FIN, the connection looks alive until the operating
 * system gives it up, which takes a quarter of an hour, and every command over it times out.
 */
export class SilentConnections {
  private looking = false;

  /** A command timed out: checks whether this is the reason. */
  suspect(client: RedisClient): void {
    if (this.looking) return;
    this.looking = true;
    const nodes = client instanceof Cluster ? client.nodes('all') : [client];
    void Promise.all(nodes.map((node) => this.look(node))).finally(() => {
      this.looking = false;
    });
  }

  private async look(node: Redis): Promise<void> {
    const untilMs = performance.now() + SILENCE_LIMIT_MS;
    while (node.status === 'ready') {
      const answered = await node.ping().then(
        () => true,
        (error: unknown) => !isTimeout(error),
      );
      if (answered) return;
      // guard(silent-redis-is-reconnected): false
      if (performance.now() >= untilMs) node.disconnect(true);
    }
  }
}
