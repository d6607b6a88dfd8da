import { Injectable } from '@nestjs/common';
import { RedisLink } from '#libs/redis';
import { Clock } from '../clock.js';
import { decodeEntry } from '../entry/codec.js';
import type { CacheKey, PresentEntry } from '../entry/entry.js';
import { GLANCE_SCRIPT } from '../scripts/glance-script.js';
import { SharedScripts } from '../scripts/shared-scripts.js';
import { SharedTrust } from '../trust/shared-trust.js';

/** For each key in turn, its bytes and the milliseconds left of its life; null where it has to be looked at closer. */
type GlanceReply = readonly (Buffer | number | null)[];

/** What was seen of each key that was asked for. */
export type Seen = readonly (PresentEntry | null)[];

/** Asks Redis for many keys in one command, for what lies ready and nothing more. */
@Injectable()
export class SharedGlance {
  private readonly scripts: SharedScripts;

  constructor(
    private readonly redis: RedisLink,
    private readonly clock: Clock,
    private readonly trust: SharedTrust,
  ) {
    this.scripts = new SharedScripts(redis, trust, [GLANCE_SCRIPT]);
  }

  /** Whether there is a Redis that is believed and can be asked so: the keys of one command lie on many nodes of a cluster. */
  get isPossible(): boolean {
    return this.trust.isTrusted && this.redis.state === 'connected' && !this.redis.isCluster;
  }

  /** @returns nothing of any key where Redis did not answer, or was doubted meanwhile */
  async of(keys: readonly CacheKey[]): Promise<Seen> {
    const reply = await this.scripts.run<GlanceReply>(GLANCE_SCRIPT, keys, []);
    if (reply.kind !== 'answered' || !this.trust.isTrusted) return [];
    const nowMs = this.clock.nowMs();
    return keys.map((key, at) => {
      const bytes = reply.value[2 * at];
      if (!(bytes instanceof Buffer)) return null;
      const entry = decodeEntry(key, bytes, Number(reply.value[2 * at + 1]), nowMs);
      return entry?.state === 'present' ? entry : null;
    });
  }
}
