import { Cluster, type Redis } from 'ioredis';
import { isTimeout } from '#libs/resilience';
import type { RedisClient } from './redis-client.js';

/** A connection that has answered no question for this long is taken for dead. */
const SILENCE_LIMIT_MS = 500;

/**
 * Makes connections anew whose peer vanished: such a peer sends no goodbye, the connection looks alive until the operating
 * system gives it up, which takes a quarter of an hour, and every command over it times out.
 */
export class SilentConnections {
  private looking = false;

  /** A command timed out: looks whether it was for that. */
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
      if (performance.now() >= untilMs) node.disconnect(true);
    }
  }
}
