import { isTaskCancelledError } from 'cockatiel';
import type { DatabaseConfig, RedisConfig } from '#libs/config';
import type { Dependency, ResilienceEvents } from './events.js';
import { ProcessLogger } from './process-logger.js';

/** Whether a call was given up because it took too long: by the policy, or by the driver (ioredis, pg). */
export function isTimeout(error: unknown): boolean {
  if (isTaskCancelledError(error)) return true;
  return (
    error instanceof Error && /^(?:Command timed out|Query read timeout|timeout expired)$/.test(error.message)
  );
}

/** The reason why a dependency cannot be used, from an error. */
export interface Cause {
  /** Of the operating system (`ECONNREFUSED`), of Postgres (an SQLSTATE) or of Redis (`LOADING`); `TIMEOUT`, `CLOSED`. */
  readonly code: string;
  readonly text: string;
}

/** What the driver says of a connection that it has given up: the rest is about its own options. */
const GIVEN_UP = /^Stream isn't writeable\b/;

/** The first word of Redis' error replies. */
const REDIS_CODE = /^([A-Z]{3,}) /;

export function causeOf(error: Error | null): Cause {
  if (error === null) return { code: 'CLOSED', text: 'the connection was closed' };
  // A name with several addresses: the first one's error says as much as all of them.
  const first = error instanceof AggregateError && error.errors[0] instanceof Error ? error.errors[0] : error;
  if (GIVEN_UP.test(first.message)) return { code: 'CLOSED', text: 'the connection was lost' };
  return { code: codeOf(first), text: first.message };
}

function codeOf(error: Error): string {
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (isTimeout(error) || /time(?:d )?out/i.test(error.message)) return 'TIMEOUT';
  if (/closed|terminated/i.test(error.message)) return 'CLOSED';
  return REDIS_CODE.exec(error.message)?.[1] ?? error.name;
}

/** A lost connection has no cause yet; the next attempt to connect shows it. */
const CAUSE_WITHIN_MS = 1_000;
const LOST: ReadonlySet<string> = new Set(['CLOSED', 'ECONNRESET', 'EPIPE']);

/** A dependency that comes back for a moment and goes again is one outage. */
const STEADY_AFTER_MS = 2_000;

const NAMES: Record<Dependency, string> = { postgres: 'Postgres', redis: 'Redis' };

/** The effect on clients. */
const MEANWHILE: Record<Dependency, string> = {
  postgres: 'cached entries are served, marked stale after 1 s; other reads and all changes get 503',
  redis: 'reads are answered from L1 and Postgres; an L1 entry is trusted for CACHE_L1_UNSYNCED_TTL only',
};

interface Outage {
  readonly sinceMs: number;
  readonly timer: NodeJS.Timeout;
  cause: Cause;
  isLogged: boolean;
  /** Set while it is back, and may go again. */
  ending: NodeJS.Timeout | undefined;
}

/**
 * One line when a dependency goes away, with the cause, and one when it is back, with the duration. The consequences of
 * an outage are not logged: a part that sees one asks here whether an outage explains it.
 */
export class Outages {
  private readonly logger = new ProcessLogger('Outages');
  private readonly current = new Map<Dependency, Outage>();
  /** Those whose breaker does not let calls through. */
  private readonly skipped = new Set<Dependency>();
  private readonly addresses: Record<Dependency, string>;
  private closed = false;

  constructor(events: ResilienceEvents, database: DatabaseConfig, { server }: RedisConfig) {
    const urls = server.kind === 'cluster' ? server.urls : server.kind === 'single' ? [server.url] : [];
    this.addresses = { postgres: addressOf(database.url), redis: urls.map(addressOf).join(', ') };
    events.on('transition', ({ dependency, to, cause }) => {
      if (to === 'open') this.begin(dependency, cause);
      if (to === 'closed') this.skipped.delete(dependency);
      else this.skipped.add(dependency);
      if (to === 'closed') this.end(dependency);
    });
    events.on('unreachable', (dependency, cause) => this.begin(dependency, cause));
    events.on('reached', (dependency) => {
      if (!this.skipped.has(dependency)) this.end(dependency);
    });
  }

  /** A process that ends logs nothing more of outages: it closes the connections itself. */
  onApplicationShutdown(): void {
    this.closed = true;
    for (const { timer, ending } of this.current.values())
      for (const each of [timer, ending]) clearTimeout(each);
    this.current.clear();
  }

  /** Whether the dependency cannot be used now, or could not a moment ago. */
  isAway(dependency: Dependency): boolean {
    return this.current.has(dependency);
  }

  private begin(dependency: Dependency, error: Error | null): void {
    if (this.closed) return;
    const cause = causeOf(error);
    const outage = this.current.get(dependency) ?? {
      sinceMs: performance.now(),
      timer: setTimeout(() => this.logBegin(dependency), CAUSE_WITHIN_MS).unref(),
      cause,
      isLogged: false,
      ending: undefined,
    };
    this.current.set(dependency, outage);
    clearTimeout(outage.ending);
    outage.ending = undefined;
    if (LOST.has(outage.cause.code)) outage.cause = cause;
    if (!LOST.has(outage.cause.code)) this.logBegin(dependency);
  }

  private logBegin(dependency: Dependency): void {
    const outage = this.current.get(dependency);
    if (outage === undefined || outage.isLogged) return;
    outage.isLogged = true;
    clearTimeout(outage.timer);
    const address = this.addresses[dependency];
    const { code, text } = outage.cause;
    const why = text.includes(code) ? text : `${code}: ${text}`;
    this.logger.warn(
      { dependency, code, address },
      `${NAMES[dependency]} is unavailable at ${address} (${why}): ${MEANWHILE[dependency]}`,
    );
  }

  private end(dependency: Dependency): void {
    const outage = this.current.get(dependency);
    if (outage === undefined || outage.ending !== undefined) return;
    const seconds = Math.round((performance.now() - outage.sinceMs) / 100) / 10;
    outage.ending = setTimeout(() => {
      this.logBegin(dependency);
      this.current.delete(dependency);
      this.logger.log(
        { dependency, seconds },
        `${NAMES[dependency]} is available again after ${seconds.toFixed(1)} s`,
      );
    }, STEADY_AFTER_MS).unref();
  }
}

/** Host and port, and nothing secret. */
function addressOf(url: string): string {
  const { host, protocol } = new URL(url);
  if (host === '') return 'a Unix socket';
  const hasPort = /:\d+$/.test(host);
  return hasPort ? host : `${host}:${protocol.startsWith('postgres') ? 5_432 : 6_379}`;
}
