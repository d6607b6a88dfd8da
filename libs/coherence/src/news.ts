import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import type { DatabaseState, OutboxSession } from '#libs/db';
import { keyOnMaster, RedisLink, type Script } from '#libs/redis';
import { ChangeApplier } from './change-applier.js';
import { breakBetween, isSnapshot, pointOf, type Snapshot, xminOf } from './database-history.js';
import { CoherenceEvents } from './events.js';
import { type Marks, type MasterMark, parsedAs, RUN_AND_MARK, WATERMARK_KEY } from './watermark.js';

const NEWS_KEY = 'outbox:news';

/** Changes that are applied ahead of a backlog at once. More than these are a backlog of their own. */
const MOST_ROWS = 1_000;

/** A mark that is not renewed says nothing of now. */
const LIFE_MS = 5_000;

/** Every change that `seen` sees, and the snapshot `backlog` does not, is applied. */
export interface News {
  readonly backlog: Snapshot;
  readonly seen: DatabaseState;
}

/** What the masters say of it: it is applied up to each of these snapshots. */
export interface PublishedNews {
  readonly backlog: Snapshot;
  readonly applied: readonly Snapshot[];
}

const PUBLISHED = z.object({
  epoch: z.string(),
  backlog: z.string().refine(isSnapshot),
  applied: z.string().refine(isSnapshot),
});

/**
 * Beside the watermark, and not a part of it: a release that does not know it would take such a watermark for garbage.
 *
 *     KEYS  watermark, news    ARGV  the watermark and the run of the server that the changes were applied to, the news, milliseconds of life
 *     → 1 published, 0 that watermark or that run is gone
 */
const PUBLISH_SCRIPT: Script = {
  name: 'hotshelfPublishNews',
  numberOfKeys: 2,
  lua: `${RUN_AND_MARK}
-- guard(news-of-this-redis): = if mark() ~= ARGV[1] then return 0 end
if mark() ~= ARGV[1] or run() ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
return 1
`,
};

/**
 * The changes that are committed while a backlog is applied. They are applied ahead of its rest, and a second mark says up to
 * where: every process may keep what it has loaded since the backlog was committed, as long as the news are applied in time.
 */
@Injectable()
export class BacklogNews {
  constructor(
    private readonly applier: ChangeApplier,
    private readonly redis: RedisLink,
    private readonly events: CoherenceEvents,
  ) {
    redis.defineScripts([PUBLISH_SCRIPT]);
  }

  /**
   * Applies what was committed since, and publishes it. What Redis does not take now, it does the next time.
   *
   * @param marks of the masters that it is applied to
   * @throws if Postgres cannot be read
   */
  async apply(session: OutboxSession, marks: Marks, news: News): Promise<News> {
    const next = await this.applyNext(session, news);
    if (next !== news) await this.publish(marks, next);
    return next;
  }

  private async applyNext(session: OutboxSession, news: News): Promise<News> {
    const seen = await session.state();
    // guard(news-are-of-one-history): false
    if (breakBetween(pointOf(news.seen), seen) !== null) return news;
    const start = { transaction: xminOf(news.seen.snapshot), id: '0' };
    const range = { seen: seen.snapshot, applied: [news.seen.snapshot] };
    const batch = await session.read(range, start, MOST_ROWS);
    if (batch === null) return { ...news, seen };
    // That everything is stale takes more than to apply it: the drain that comes to it begins another history. Until then these
    // rows would be read, and applied, again and again.
    if (/* guard(news-wait-for-flush): false */ batch.rows.some(({ kind }) => kind === 'all')) return news;
    if (!(await this.applier.apply(batch.rows))) return news;
    // guard(news-are-complete): false
    if (batch.next !== null) return { backlog: seen.snapshot, seen };
    this.events.emit('applied', batch.rows.length);
    return { ...news, seen };
  }

  private async publish({ masters }: Marks, { backlog, seen }: News): Promise<void> {
    await Promise.all(
      masters.map(({ tag, text, run, mark }) => {
        const published = JSON.stringify({ epoch: mark?.epoch, backlog, applied: seen.snapshot });
        return this.redis.runScript(
          PUBLISH_SCRIPT,
          [keyOnMaster(WATERMARK_KEY, tag), keyOnMaster(NEWS_KEY, tag)],
          [text, run, published, LIFE_MS],
        );
      }),
    );
  }

  /**
   * @param masters with their marks, read before
   * @returns null if there are none, or the masters do not speak of the same backlog
   */
  async published(masters: readonly MasterMark[]): Promise<PublishedNews | null> {
    const found = await Promise.all(masters.map((master) => this.publishedBy(master)));
    const backlogs = new Set(found.map((each) => each?.backlog));
    const [backlog] = backlogs;
    if (backlog === undefined || backlogs.size > 1) return null;
    return { backlog, applied: found.flatMap((each) => (each === null ? [] : [each.applied])) };
  }

  private async publishedBy({ tag, mark }: MasterMark): Promise<z.infer<typeof PUBLISHED> | null> {
    const reply = await this.redis.run((client) => client.get(keyOnMaster(NEWS_KEY, tag)));
    if (reply.kind !== 'answered' || reply.value === null) return null;
    const news = parsedAs(PUBLISHED, reply.value);
    // guard(news-of-this-epoch): = news
    return news?.epoch === mark?.epoch ? news : null;
  }
}
