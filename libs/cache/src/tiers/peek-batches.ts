import type { Clock } from '../clock.js';
import type { CacheKey } from '../entry/entry.js';
import { PEEK_SCRIPT } from '../scripts/peek-script.js';
import type { SharedScripts } from '../scripts/shared-scripts.js';
import { type PeekReply, type SharedPeek, toSharedPeek, UNKNOWN } from './shared-peek.js';

interface Question {
  readonly key: CacheKey;
  readonly versionAtHand: number;
  readonly tell: (peek: SharedPeek) => void;
}

/**
 * Looks at what Redis has of keys, by one command for all that is asked within a turn of the event loop. Every fill is
 * followed by such a look, since it is announced like a change, and a command costs more than all that it brings.
 */
export class PeekBatches {
  private gathered: Question[] = [];

  /** @param maxKeys of one command: while it runs, Redis does nothing else */
  constructor(
    private readonly scripts: SharedScripts,
    private readonly clock: Clock,
    private readonly maxKeys: number,
  ) {}

  of(key: CacheKey, versionAtHand: number): Promise<SharedPeek> {
    return new Promise((tell) => {
      if (this.gathered.length === 0) setImmediate(() => this.sendAll());
      this.gathered.push({ key, versionAtHand, tell });
    });
  }

  private sendAll(): void {
    const all = this.gathered;
    this.gathered = [];
    for (let at = 0; at < all.length; at += this.maxKeys) void this.send(all.slice(at, at + this.maxKeys));
  }

  private async send(questions: readonly Question[]): Promise<void> {
    const keys = questions.map(({ key }) => key);
    const versions = questions.map(({ versionAtHand }) => versionAtHand);
    const reply = await this.scripts.run<readonly (PeekReply | null)[]>(PEEK_SCRIPT, keys, versions);
    const nowMs = this.clock.nowMs();
    for (const [at, { key, tell }] of questions.entries())
      tell(reply.kind === 'answered' ? toSharedPeek(reply.value[at] ?? null, key, nowMs) : UNKNOWN);
  }
}
