import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { DatabaseState, OutboxCursor } from '#libs/db';
import { keyOnMaster, RedisLink, type Script } from '#libs/redis';
import {
  below,
  EPOCH_REASONS,
  type EpochReason,
  type HistoryPoint,
  isSnapshot,
  pointOf,
  type Snapshot,
  xmaxOf,
} from './database-history.js';

/** The applied part of the outbox in a Redis, with the database and the leader. */
export interface Mark extends HistoryPoint {
  /** The process that leads, by the name that it has in its own database. */
  readonly owner: string;
  /** Within a drain: the last row that is applied of the first transaction that the snapshot does not see. */
  readonly part?: string | undefined;
  /** Grows while the owner lives. */
  readonly beat: number;
  /** Names the time since Redis was last emptied of everything older; the one before, and why it ended. */
  readonly epoch: string;
  readonly formerEpoch: string;
  readonly reason: EpochReason;
}

const number = z.string().regex(/^\d{1,30}$/);
const name = z.string().max(100);

const MARK = z.strictObject({
  snapshot: z.string().refine(isSnapshot),
  identity: name,
  flushes: number,
  sequence: number.nullable(),
  wal: number.nullable(),
  startedAt: name,
  owner: name,
  part: number.optional(),
  beat: z.int().min(0),
  epoch: name,
  formerEpoch: name,
  reason: z.enum(EPOCH_REASONS),
});

/** @returns null if the text is none of those: nothing, garbage, or another release's */
export function parsedAs<T>(schema: z.ZodType<T>, text: string): T | null {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/**
 * Which run of the server this is: Redis draws another name at each start. If the user may not ask, there is none, and
 * only the mark is compared. A mark that the user may not read is an error: taken for none, it would have Redis
 * emptied.
 */
export const RUN_AND_MARK = `
local function run()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%w+)') or ''
end
local function mark()
  local text = redis.pcall('GET', KEYS[1])
  if type(text) == 'table' and string.sub(text.err, 1, 9) ~= 'WRONGTYPE' then error(text) end
  return type(text) == 'string' and text or ''
end
`;

/**
 *     KEYS  watermark    → the mark or '', the server's run
 */
const READ_MARK_SCRIPT: Script = {
  name: 'hotshelfReadMark',
  numberOfKeys: 1,
  lua: `${RUN_AND_MARK}
return { mark(), run() }
`,
};

/**
 * Moves the mark, if it is the one that was read, on the very run of the server that it was read from.
 *
 *     KEYS  watermark    ARGV  the mark that was read, the run that it was read from, the new mark
 *     → 1 moved, 0 not
 */
const MOVE_MARK_SCRIPT: Script = {
  name: 'hotshelfMoveMark',
  numberOfKeys: 1,
  lua: `${RUN_AND_MARK}
-- guard(watermark-of-this-redis): = if mark() ~= ARGV[1] then return 0 end
if mark() ~= ARGV[1] or run() ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3])
return 1
`,
};

/** The prefix of the keys of all marks, and the whole key without a cluster. */
export const WATERMARK_KEY = 'outbox:watermark';

/** The reply of one master, with its run id. */
export interface MasterMark {
  /** The hash tag whose keys lie on this master; empty without a cluster. */
  readonly tag: string;
  readonly text: string;
  readonly run: string;
  /** Null if it has none, or nothing that is one. */
  readonly mark: Mark | null;
}

/** How far each master says that the outbox is applied to it. */
export interface Marks {
  readonly kind: 'known';
  readonly masters: readonly MasterMark[];
}

export type WatermarkRead = Marks | { readonly kind: 'unavailable' };

/** `replaced`: a master is not what it was when it was read. It was restarted, restored, failed over or emptied. */
export type MarkMove =
  | { readonly kind: 'moved'; readonly marks: Marks }
  | { readonly kind: 'replaced' }
  | { readonly kind: 'unavailable' };

/**
 * The mark lies in Redis, beside the data that it speaks of: a Redis that was restored, or failed over to a replica
 * that lagged, comes back with the mark of that state, and so shows from where to apply again. Every master of
 * a cluster has one of its own, since each of them can be restored alone. It never expires.
 */
@Injectable()
export class Watermark {
  /** What each master's mark was last, by its text: it is the same most of the time. */
  private readonly parsed = new Map<string, { readonly text: string; readonly mark: Mark | null }>();

  constructor(private readonly redis: RedisLink) {
    redis.defineScripts([READ_MARK_SCRIPT, MOVE_MARK_SCRIPT]);
  }

  async read(): Promise<WatermarkRead> {
    const tags = this.redis.masterTags();
    const replies = await Promise.all(
      tags.map((tag) =>
        this.redis.runScript<readonly [Buffer, Buffer]>(
          READ_MARK_SCRIPT,
          [keyOnMaster(WATERMARK_KEY, tag)],
          [],
        ),
      ),
    );
    const masters: MasterMark[] = [];
    for (const [at, reply] of replies.entries()) {
      if (reply.kind !== 'answered') return { kind: 'unavailable' };
      const [text = '', run = ''] = reply.value.map(String);
      masters.push({ tag: tags[at] ?? '', text, run, mark: this.parse(tags[at] ?? '', text) });
    }
    return masters.length === 0 ? { kind: 'unavailable' } : { kind: 'known', masters };
  }

  /**
   * Moves the marks of the masters that said where to begin, and of no others. One that was restored meanwhile took what was
   * applied last, and has lost what was applied before; its own mark, the older one, has to stand.
   *
   * @param read what was read, or moved, before anything was applied
   * @param next the new mark of a master
   */
  async move({ masters }: Marks, next: (master: MasterMark) => Mark): Promise<MarkMove> {
    if (masters.length !== this.redis.masterTags().length) return { kind: 'replaced' };
    const moved = masters.map((master): MasterMark & { mark: Mark } => {
      const mark = next(master);
      return { ...master, mark, text: JSON.stringify(mark) };
    });
    const replies = await Promise.all(
      masters.map(({ tag, text, run }, at) =>
        this.redis.runScript<number>(
          MOVE_MARK_SCRIPT,
          [keyOnMaster(WATERMARK_KEY, tag)],
          [text, run, moved[at]?.text ?? ''],
        ),
      ),
    );
    if (!replies.every((reply) => reply.kind === 'answered')) return { kind: 'unavailable' };
    if (!replies.every(({ value }) => value === 1)) return { kind: 'replaced' };
    for (const { tag, text, mark } of moved) this.parsed.set(tag, { text, mark });
    return { kind: 'moved', marks: { kind: 'known', masters: moved } };
  }

  private parse(tag: string, text: string): Mark | null {
    const known = this.parsed.get(tag);
    if (known?.text === text) return known.mark;
    const mark = parsedAs(MARK, text);
    this.parsed.set(tag, { text, mark });
    return mark;
  }
}

/** The master's epoch, up to what is seen. */
export function markAt(seen: DatabaseState, { mark }: MasterMark): Mark {
  const { epoch = '', formerEpoch = '', reason = 'watermark-lost', beat: last = 0 } = mark ?? {};
  return { ...pointOf(seen), owner: seen.leader, beat: last + 1, epoch, formerEpoch, reason };
}

/**
 * The master's epoch within a drain: what is seen is applied below a row's transaction, and of that one up to the row. The next drain goes
 * on there if this one fails, or its process ends. Transactions that were under way at the last mark come first, in an order that no
 * snapshot has: until they are over the mark stays.
 */
export function markWithin(seen: DatabaseState, master: MasterMark, { transaction, id }: OutboxCursor): Mark {
  if (BigInt(transaction) < BigInt(xmaxOf(master.mark?.snapshot ?? seen.snapshot)))
    return beat(master, seen.leader);
  return { ...markAt(seen, master), snapshot: below(seen.snapshot, transaction), part: id };
}

/** The same mark, of an owner that lives. */
export function beat(master: MasterMark, owner: string): Mark {
  const { mark } = master;
  if (mark === null) throw new Error('a mark that was not read cannot beat');
  return { ...mark, owner, beat: mark.beat + 1 };
}

/** The snapshots of those that have a mark, each once. */
export function snapshotsOf(masters: readonly MasterMark[]): readonly Snapshot[] {
  return [...new Set(masters.flatMap(({ mark }) => (mark === null ? [] : [mark.snapshot])))];
}

/** The part of the transaction behind their snapshot that is applied to all of them; undefined if they differ. */
export function partOf(masters: readonly MasterMark[]): string | undefined {
  const parts = new Set(masters.map(({ mark }) => `${mark?.snapshot} ${mark?.part}`));
  return parts.size === 1 ? masters[0]?.mark?.part : undefined;
}
