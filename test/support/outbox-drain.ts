import { MonotonicClock } from '#src/libs/cache/src/entry/entry';
import { ChangeApplier } from '#src/libs/coherence/src/change-applier';
import { CoherenceEvents } from '#src/libs/coherence/src/events';
import { BacklogNews } from '#src/libs/coherence/src/news';
import { OutboxDrain } from '#src/libs/coherence/src/outbox-drain';
import { Watermark } from '#src/libs/coherence/src/watermark';
import type { CacheNode } from './cache-node.ts';

/** Applies changes to the caches of a node; they begin no groups but those of their rows. */
export function applierOf(node: CacheNode): ChangeApplier {
  return new ChangeApplier(node.changes, { of: () => [] });
}

/** The relay's drain into the caches of a node. */
export function drainInto(
  node: CacheNode,
  applier = applierOf(node),
  clock = new MonotonicClock(),
): OutboxDrain {
  const { link, namespace, trust } = node;
  const events = new CoherenceEvents();
  const news = new BacklogNews(applier, link, events);
  return new OutboxDrain(applier, news, new Watermark(link), namespace, trust, clock, events);
}
