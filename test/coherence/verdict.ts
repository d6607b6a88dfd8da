import { type History, LOST_FROM, type LostHistory } from './history.ts';

/** One answer, as a reader saw it. `stock` null: the product was not there. */
export interface Read {
  readonly key: string;
  /** Which process answered: a new one for each start. */
  readonly process: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly stock: number | null;
  readonly cacheStatus: string;
}

export interface Violation {
  readonly kind:
    | 'never was'
    | 'older than allowed'
    | 'went back'
    | 'change lost'
    | 'nothing shown'
    | 'not in the feed'
    | 'out of order in the feed';
  readonly text: string;
}

interface Seen {
  readonly number: number;
  readonly endedAtMs: number;
}

/**
 * At least so many of the answers have to come from Redis. A service that never trusts L2, since its changes do not reach it, is
 * right all the time, and shows nothing.
 */
const LEAST_FROM_REDIS = 0.03;

/** Judges answers against what was committed: each for its age, and each process for never going back. */
export class Verdict {
  readonly violations: Violation[] = [];
  readsJudged = 0;
  worstAgeMs = 0;
  /** Answers marked stale by a process that could not ask the origin. */
  excused = 0;
  canNotAsk: (process: string) => boolean = () => false;
  lostHistory: LostHistory | undefined;
  private readonly histories: ReadonlyMap<string, History>;
  private readonly allowedMs: number;
  private readonly context: () => string;
  private readonly seen = new Map<string, Seen[]>();

  /**
   * @param allowedMs how long after its commit a state may still be missing from an answer
   * @param context what was going on, for the report
   */
  constructor(histories: ReadonlyMap<string, History>, allowedMs: number, context: () => string) {
    this.histories = histories;
    this.allowedMs = allowedMs;
    this.context = context;
  }

  judge(read: Read): void {
    const history = this.histories.get(read.key);
    if (history === undefined) return;
    this.readsJudged += 1;
    if (read.stock !== null && read.stock >= LOST_FROM) this.judgeLost(read);
    else this.judgeCommitted(read, history);
  }

  private judgeCommitted(read: Read, history: History): void {
    const most = read.stock ?? history.lastAbsence(read.endedAtMs);
    this.judgeOrder(read, history, most);
    // While the origin cannot be asked, any entry is better than an error, and is marked stale.
    if (this.canNotAsk(read.process) && /ttl=-/.test(read.cacheStatus)) this.excused += 1;
    else this.judgeAge(read, history, most);
  }

  /** What Postgres lost is right until then. Its number says nothing of the order of what was not lost. */
  private judgeLost(read: Read): void {
    const goneForMs = this.lostHistory?.goneForMs(read.startedAtMs) ?? Number.POSITIVE_INFINITY;
    if (goneForMs <= this.allowedMs) return;
    if (this.canNotAsk(read.process) && /ttl=-/.test(read.cacheStatus)) this.excused += 1;
    else this.violate('never was', read, `saw what was lost ${Math.round(goneForMs)} ms before`);
  }

  lost(text: string): void {
    this.violations.push({ kind: 'change lost', text });
  }

  /** @param fromRedis how many of the answers that were judged came from there */
  judgeUse(fromRedis: number): void {
    if (fromRedis >= LEAST_FROM_REDIS * this.readsJudged) return;
    const text = `only ${fromRedis} of ${this.readsJudged} answers came from Redis, which cannot have been trusted for long`;
    this.violations.push({ kind: 'nothing shown', text });
  }

  private judgeAge(read: Read, history: History, number: number): void {
    const atOnce = history.committedBefore(read.startedAtMs);
    if (number < atOnce) {
      this.worstAgeMs = Math.max(this.worstAgeMs, read.startedAtMs - history.endOf(number + 1));
    }
    const wanted = history.committedBefore(read.startedAtMs - this.allowedMs);
    if (number >= wanted) return;
    const ageMs = Math.round(read.startedAtMs - history.endOf(wanted));
    this.violate('older than allowed', read, `saw ${number}, ${wanted} was committed ${ageMs} ms before`);
  }

  private judgeOrder(read: Read, history: History, most: number): void {
    const place = `${read.process} ${read.key}`;
    const seen = this.seen.get(place) ?? [];
    const floor = Math.max(
      -1,
      ...seen.filter(({ endedAtMs }) => endedAtMs <= read.startedAtMs).map((s) => s.number),
    );
    if (most < floor) this.violate('went back', read, `saw ${most} after ${floor}`);
    const least = read.stock ?? history.firstAbsence(floor);
    const recent = seen.filter(
      ({ number, endedAtMs }) => number > least && endedAtMs > read.startedAtMs - 60_000,
    );
    this.seen.set(place, [
      ...recent.slice(-20),
      { number: Math.max(least, floor), endedAtMs: read.endedAtMs },
    ]);
  }

  private violate(kind: Violation['kind'], read: Read, what: string): void {
    const text = `${read.key} in ${read.process}: ${what}; ${read.cacheStatus}; ${this.context()}`;
    this.violations.push({ kind, text });
  }
}
