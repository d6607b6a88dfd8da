import type { FastifyReply, FastifyRequest } from 'fastify';
import { ProblemError } from '#libs/errors';
import type { ConsoleFeed, Watcher } from './console-feed.js';

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
