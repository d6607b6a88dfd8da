import { Injectable } from '@nestjs/common';
import { RedisLink, ScriptRunner } from '#libs/redis';
import { EMPTY_SNAPSHOT, isSnapshot, type Snapshot } from './snapshot.js';
import { MOVE_MARK_SCRIPT, READ_MARK_SCRIPT } from './watermark-scripts.js';

const KEY = 'outbox:watermark';

/** What one master said, and which run of it. */
interface Said {
  readonly key: string;
  readonly text: string;
  readonly run: string;
}

/** How far each master says that the outbox is applied to it. One that lost its mark says: nothing is. */
export interface Marks {
  readonly kind: 'known';
  readonly marks: readonly Snapshot[];
  readonly said: readonly Said[];
}

export type WatermarkRead = Marks | { readonly kind: 'unavailable' };

/** `replaced`: a master is not what it was when it was read. It was restarted, restored, failed over or emptied. */
export type MarkMove = 'moved' | 'replaced' | 'unavailable';

/**
 * The mark lies in Redis, beside the data that it speaks of: a Redis that was restored, or failed over to a replica
 * that lagged, comes back with the mark of that state, and so tells by itself from where to apply again. Every master of
 * a cluster has one of its own, since each of them can be restored alone. It never ends.
 */
@Injectable()
export class Watermark {
  private readonly scripts: ScriptRunner;

  constructor(private readonly redis: RedisLink) {
    this.scripts = new ScriptRunner(redis, [READ_MARK_SCRIPT, MOVE_MARK_SCRIPT]);
  }

  async read(): Promise<WatermarkRead> {
    const keys = this.keys();
    const replies = await Promise.all(
      keys.map((key) => this.scripts.run<readonly [Buffer, Buffer]>(READ_MARK_SCRIPT, [key], [])),
    );
    const said: Said[] = [];
    for (const [at, reply] of replies.entries()) {
      if (reply.kind !== 'answered') return { kind: 'unavailable' };
      const [text, run] = reply.value.map(String);
      said.push({ key: keys[at] ?? '', text: text ?? '', run: run ?? '' });
    }
    if (said.length === 0) return { kind: 'unavailable' };
    const marks = new Set(said.map(({ text }) => (isSnapshot(text) ? text : EMPTY_SNAPSHOT)));
    return { kind: 'known', marks: [...marks], said };
  }

  /**
   * Says that everything up to a mark is applied: to the masters that said where to begin, and nobody else. One that was
   * restored meanwhile took what was applied last, and has lost what was applied before; its own mark, the older one,
   * has to stand.
   *
   * @param read what was read before anything was applied
   */
  async move({ said }: Marks, mark: Snapshot): Promise<MarkMove> {
    if (said.length !== this.keys().length) return 'replaced';
    const replies = await Promise.all(
      said.map(({ key, text, run }) => this.scripts.run<number>(MOVE_MARK_SCRIPT, [key], [text, run, mark])),
    );
    if (!replies.every((reply) => reply.kind === 'answered')) return 'unavailable';
    return replies.every(({ value }) => value === 1) ? 'moved' : 'replaced';
  }

  private keys(): string[] {
    return this.redis.masterTags().map((tag) => (tag === '' ? KEY : `${KEY}:{${tag}}`));
  }
}
