import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { type Change, Follower, keyOf } from './follower.ts';
import type { Ledger } from './ledger.ts';
import { Random } from './random.ts';
import type { System } from './system.ts';
import type { Violation } from './verdict.ts';

const PAUSE_MS = 100;
const MOST_OF_A_PAGE = 1_000;
/** A paused process answers nothing, and a stream is cut off after a time that is no longer than this. */
const PATIENCE_MS = 3_000;
/** After the last fault something has to be delivered at least this often, until all is. A client that began again reads it all. */
const NEXT_WITHIN_MS = 10_000;

/** What the outbox says was committed. Without a group, and without what is no change of a resource. */
const COMMITTED = `
  SELECT id::float8 AS id, key, version::float8 AS version, kind FROM outbox
  WHERE key ~ '^(product|category):' AND (kind = 'all' OR key !~ ':[*]$') ORDER BY id`;

interface Committed {
  /** They grow, but not in the order of the commits. */
  readonly id: number;
  readonly key: string;
  readonly version: number;
  readonly kind: string;
}

/** Follows `GET /changes` as pages and as streams while writers and faults go on, and judges what came. */
export class Feed {
  private readonly pages = new Follower('pages');
  private readonly stream = new Follower('stream');
  private readonly running: Promise<void>[] = [];
  private stopping = false;
  /** The last change before each break of the history, after which versions may be lower. */
  private readonly lastIds: number[] = [];
  private readonly system: System;
  private readonly random: Random;

  constructor(system: System, seed: number) {
    this.system = system;
    this.random = new Random(seed);
  }

  start(): void {
    this.running.push(this.readPages(), this.readStreams());
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  /** What each client got, in words. */
  get counts(): ReadonlyMap<string, string> {
    const inWords = ({ delivered, asked, expired }: Follower) =>
      `${delivered} changes in ${asked} answers, ${expired} expired cursors`;
    return new Map(this.followers.map((follower) => [follower.name, inWords(follower)]));
  }

  /** To be called while no writer writes: from now on versions may be lower. */
  async versionsBeginAgain(): Promise<void> {
    const [last] = await this.system.catalogue.sql<{ id: number }>(
      'SELECT coalesce(max(id), 0)::float8 AS id FROM outbox',
    );
    this.lastIds.push(last?.id ?? 0);
  }

  /** Waits until all is delivered, which has to be soon after the writers and faults have ended. */
  async judge(ledger: Ledger): Promise<Violation[]> {
    const committed = () => this.system.catalogue.sql<Committed>(COMMITTED);
    const missing = async () => {
      const rows = await committed();
      return this.followers.flatMap(({ name, places }) =>
        rows
          .filter(({ key, version }) => !places.has(`${key}@${version}`))
          .map(({ key, version, kind }) => `${name}: ${kind} ${key} ${version} was not delivered`),
      );
    };
    let left = await missing();
    const areFewer = async () => {
      const before = left.length;
      left = await missing();
      return left.length < before;
    };
    for (let isMoving = true; isMoving && left.length > 0; )
      isMoving = await until('more is delivered', areFewer, NEXT_WITHIN_MS).then(
        () => true,
        () => false,
      );
    const late = left.map((text) => ({ kind: 'not in the feed', text }) as const);
    const rows = await committed();
    const odd = this.followers.flatMap((follower) => [
      ...this.outOfOrder(follower, rows),
      ...this.expiredWithoutReason(follower),
      ...wrongAtTheEnd(follower, ledger),
    ]);
    return [...late, ...odd.map((text) => ({ kind: 'out of order in the feed', text }) as const)];
  }

  private get followers(): readonly Follower[] {
    return [this.pages, this.stream];
  }

  private anyUrl(): string {
    const { apis } = this.system;
    return apis[Math.floor(this.random.next() * apis.length)]?.url ?? '';
  }

  private outOfOrder({ name, places }: Follower, rows: readonly Committed[]): string[] {
    const nameOf = ({ key, version }: Committed) => `${key}@${version}`;
    const placeOf = (row: Committed) => places.get(nameOf(row)) ?? -1;
    const newest = new Map<string, number>();
    const rowsOf = new Map<string, number>();
    for (const row of rows) rowsOf.set(nameOf(row), (rowsOf.get(nameOf(row)) ?? 0) + 1);
    return (
      rows
        // What a category counts is changed by transactions that do not wait for one another.
        .filter((row) => row.key.startsWith('product:') && placeOf(row) >= 0)
        // A sequence that was set back gives a version out twice, and the feed does not say which of the two changes came.
        .filter((row) => rowsOf.get(nameOf(row)) === 1)
        .sort((one, other) => placeOf(one) - placeOf(other))
        .flatMap(({ id, key, version }) => {
          const series = `${key} ${this.lastIds.filter((last) => id > last).length}`;
          const before = newest.get(series) ?? version;
          newest.set(series, Math.max(before, version));
          return version < before ? [`${name}: ${key} ${version} came after ${before}`] : [];
        })
    );
  }

  /** Only a history that broke ends a cursor: a run is shorter than the outbox holds its rows. */
  private expiredWithoutReason({ name, expired }: Follower): string[] {
    const breaks = this.lastIds.length;
    return expired > breaks
      ? [`${name}: ${expired} cursors expired, and the history broke ${breaks} times`]
      : [];
  }

  private async readPages(): Promise<void> {
    const follower = this.pages;
    while (!this.stopping) {
      const limit = 1 + Math.floor(this.random.next() ** 3 * MOST_OF_A_PAGE);
      const since = follower.cursor === null ? '' : `&since=${follower.cursor}`;
      try {
        const response = await fetch(`${this.anyUrl()}/changes?limit=${limit}${since}`, {
          signal: AbortSignal.timeout(PATIENCE_MS),
        });
        const page = (await response.json()) as { items: Change[]; cursor: string; has_more: boolean };
        if (response.status === 410) follower.beginAgain();
        if (response.status === 200) {
          follower.asked += 1;
          for (const change of page.items) follower.take(change);
          follower.cursor = page.cursor;
          if (page.has_more) continue;
        }
      } catch {
        // A process that is stopped, or was killed: another one is asked.
      }
      await pause(PAUSE_MS);
    }
  }

  private async readStreams(): Promise<void> {
    while (!this.stopping) {
      await this.readOneStream(this.random.next() * PATIENCE_MS);
      await pause(PAUSE_MS);
    }
  }

  /** Reads until it is cut off: by the process, by what happens to that, or after a time by the client itself. */
  private readOneStream(forMs: number): Promise<void> {
    const follower = this.stream;
    const ended = Promise.withResolvers<void>();
    const headers = {
      accept: 'text/event-stream',
      ...(follower.cursor !== null && { 'last-event-id': follower.cursor }),
    };
    const asked = request(`${this.anyUrl()}/changes`, { headers });
    const timer = setTimeout(() => asked.destroy(), forMs);
    asked.on('response', (response) => {
      if (response.statusCode === 410) follower.beginAgain();
      if (response.statusCode === 200) follower.asked += 1;
      let rest = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        if (response.statusCode !== 200) return;
        const events = (rest + text).split('\n\n');
        rest = events.pop() ?? '';
        for (const event of events) follower.takeEvent(event);
      });
      response.on('error', () => undefined);
    });
    asked.on('error', () => undefined);
    asked.on('close', () => {
      clearTimeout(timer);
      ended.resolve();
    });
    asked.end();
    return ended.promise;
  }
}

/** What came last of a product has to be what was committed last. */
function wrongAtTheEnd({ name, last, places }: Follower, ledger: Ledger): string[] {
  const emptied = last.get('product:*');
  const placeOf = (change: Change | undefined) =>
    change === undefined ? -1 : (places.get(`${keyOf(change)}@${change.version}`) ?? -1);
  return [...ledger.histories].flatMap(([id, { last: state }]) => {
    const change = last.get(`product:${id}`);
    if (change === undefined) return [];
    const isAbsent = change.change === 'removed' || placeOf(emptied) > placeOf(change);
    return isAbsent === (state.kind === 'absent')
      ? []
      : [
          `${name}: ${id} is ${state.kind}, and the last change of it is "${change.change}" ${change.version}`,
        ];
  });
}
