import { Injectable, Logger } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '#libs/errors';
import { HttpEvents } from '#libs/http';
import { MetricsPage } from '#libs/metrics';
import { type Frame, frameOf, type Totals, totalsOf } from './figures.js';
import { type Happening, HappeningFinder } from './happenings.js';

const EVERY_MS = 1_000;
/** What a page that is opened sees of the past, and how long the feed goes on without a watcher. */
const HISTORY_SECONDS = 300;
const KEPT_HAPPENINGS = 50;

/** A page that is open. */
interface Watcher {
  frame(frame: Frame, happenings: readonly Happening[]): void;
  /** The process stops: the page asks another one. */
  end(): void;
}

/**
 * Looks at the metrics of the whole service once a second, for as long as a page is open and five minutes more. Without a
 * page it does nothing and costs nothing.
 */
@Injectable()
export class ConsoleFeed {
  private readonly logger = new Logger('Console');
  private readonly watchers = new Set<Watcher>();
  private readonly frames: Frame[] = [];
  private readonly happened: Happening[] = [];
  private finder = new HappeningFinder();
  private last: Totals | undefined;
  private timer: NodeJS.Timeout | undefined;
  private looking = false;
  private unwatchedSeconds = 0;
  private stopped = false;

  constructor(
    private readonly page: MetricsPage,
    events: HttpEvents,
  ) {
    events.onDrain(() => this.stop());
  }

  get watcherCount(): number {
    return this.watchers.size;
  }

  /** The last minutes, as far as there was a page. */
  get history(): { readonly frames: readonly Frame[]; readonly happenings: readonly Happening[] } {
    return { frames: this.frames, happenings: this.happened };
  }

  /** @returns ends it */
  watch(watcher: Watcher): () => void {
    if (this.stopped) {
      watcher.end();
      return () => undefined;
    }
    this.watchers.add(watcher);
    this.unwatchedSeconds = 0;
    if (this.timer === undefined) this.start();
    return () => this.watchers.delete(watcher);
  }

  /** Ends all streams: a process that stops waits for its requests. */
  private stop(): void {
    this.stopped = true;
    this.pause();
    for (const watcher of this.watchers) watcher.end();
    this.watchers.clear();
  }

  private start(): void {
    this.timer = setInterval(() => void this.tick(), EVERY_MS).unref();
    void this.tick();
  }

  private pause(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.last = undefined;
    this.frames.length = 0;
    this.finder = new HappeningFinder();
  }

  private async tick(): Promise<void> {
    if (this.watchers.size === 0) this.unwatchedSeconds += 1;
    if (this.unwatchedSeconds > HISTORY_SECONDS) return this.pause();
    // A parent that is busy answers late: the next second is skipped, and the rates are over both.
    if (this.looking) return;
    this.looking = true;
    try {
      this.look(totalsOf(await this.page.snapshot(), Date.now()));
    } catch (error) {
      this.logger.debug(error, 'the metrics are not available');
    } finally {
      this.looking = false;
    }
  }

  private look(now: Totals): void {
    const before = this.last;
    this.last = now;
    if (before === undefined || this.timer === undefined) return;
    const frame = frameOf(before, now);
    const happenings = this.finder.find(before, now);
    this.frames.push(frame);
    this.frames.splice(0, this.frames.length - HISTORY_SECONDS);
    this.happened.push(...happenings);
    this.happened.splice(0, this.happened.length - KEPT_HAPPENINGS);
    for (const watcher of this.watchers) watcher.frame(frame, happenings);
  }
}

/** More pages than people watch one process. Each costs a message a second. */
const MAX_WATCHERS = 20;
/** A page that reads nothing for minutes is closed; the browser opens it again. */
const MAX_UNREAD_BYTES = 1_048_576;

/** How soon a page opens its stream again, in milliseconds. */
const RETRY_MS = 500;

/** The first message to a page. */
export interface Greeting {
  /** Whether it has buttons that change something. */
  readonly actions: boolean;
  readonly canPauseRedis: boolean;
}

/**
 * Sends what happens as server-sent events (HTML Standard §9.2), until the page is closed or the process stops.
 *
 * @throws ProblemError `OVERLOADED` if too many pages are open
 */
export function streamTo(
  request: FastifyRequest,
  reply: FastifyReply,
  feed: ConsoleFeed,
  greeting: Greeting,
): void {
  if (feed.watcherCount >= MAX_WATCHERS)
    throw new ProblemError('OVERLOADED', {
      detail: `This process has ${MAX_WATCHERS} open consoles.`,
      retryAfterSeconds: 10,
    });
  reply.headers({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // nginx would gather the events.
    'x-accel-buffering': 'no',
  });
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, reply.getHeaders() as Record<string, string>);
  const send = (event: string, data: unknown) => {
    if (raw.writableLength > MAX_UNREAD_BYTES) raw.destroy();
    else raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  // Of the worker that served it having died, another one goes on at once.
  raw.write(`retry: ${RETRY_MS}\n\n`);
  send('hello', { ...greeting, ...feed.history });
  const watcher: Watcher = {
    frame: (frame, happenings) => send('frame', { frame, happenings }),
    end: () => raw.end(),
  };
  request.raw.once('close', feed.watch(watcher));
}
