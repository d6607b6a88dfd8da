import { serialised } from './entry/codec.js';
import type { CacheKey, Clock, EntryMaker, Load } from './entry/entry.js';
import type { CacheEvents } from './events.js';
import type { GroupGenerations } from './groups/group-generations.js';
import type { BatchGet } from './read/batch-get.js';
import type { CacheRead, CacheReader } from './read/cache-reader.js';
import { isOverloaded, type LoadLimit } from './read/load-shedding.js';
import type { Refresher } from './read/origin.js';
import type { L1Sync, OwnCaches, Revalidator, TrackedPrefixes } from './sync/l1-sync.js';
import type { Visit } from './tiers/doorkeeper.js';
import type { L1Tier } from './tiers/l1-tier.js';
import type { L2Reads } from './tiers/l2-reads.js';
import type { L2Tier } from './tiers/l2-tier.js';
import type { KeyChange, Tombstones } from './tiers/tombstones.js';
import type { L1Trust, L2Trust } from './trust.js';
import type { HotList, WarmStart } from './warm-start.js';
import type { Changes, WriteUnderWay } from './write/changes.js';

/** The parts of the engine: for the libs that keep it coherent and answer from it, and for tests. Not for applications. */
export interface CacheParts {
  readonly clock: Clock;
  readonly events: CacheEvents;
  readonly trackedPrefixes: TrackedPrefixes;
  readonly l2Trust: L2Trust;
  readonly l1Trust: L1Trust;
  readonly l1: L1Tier;
  readonly l2: L2Tier;
  readonly l2Reads: L2Reads;
  readonly maker: EntryMaker;
  readonly refresher: Refresher;
  readonly limit: LoadLimit;
  readonly reader: CacheReader;
  readonly batchGet: BatchGet;
  readonly groups: GroupGenerations;
  readonly tombstones: Tombstones;
  readonly changes: Changes;
  readonly own: OwnCaches;
  readonly revalidator: Revalidator;
  readonly sync: L1Sync;
  readonly gauge: L1Gauge;
  readonly hotList: HotList;
  readonly warmStart: WarmStart;
}

/** How a key is read. */
export interface ReadOptions {
  /** Asks the origin whatever the tiers hold, and renews them. Default: false. */
  readonly bypass?: boolean;
  /**
   * Called before the read goes beyond L1; throws what ends a read that may not. What L1 answers is not asked about, and an
   * overloaded process compares what L1 keeps. Default: every read may miss.
   */
  readonly admit?: () => Promise<void>;
  /** How the key was asked for. Default: by itself. */
  readonly visit?: Visit;
}

/** One of several keys that are read at once. */
export interface KeyRead extends Pick<ReadOptions, 'visit'> {
  readonly key: CacheKey;
  readonly load: Load;
}

/**
 * The cache of one process: L1 in its memory, L2 in Redis, both in step with the origin's changes. Made by `createCache`.
 *
 * Redis being away is no error of any method: reads go to L1 and the origin, and a change that did not reach Redis says so.
 */
export class Cache {
  /** @param parts what the engine is made of */
  constructor(readonly parts: CacheParts) {}

  /** Emits hits, misses, loads and what else happens; see `CacheEvents`. */
  get events(): CacheEvents {
    return this.parts.events;
  }

  /** Makes many entries stale by one change: a list of a group is read under `await groups.keyWithin(group, key)`. */
  get groups(): GroupGenerations {
    return this.parts.groups;
  }

  /**
   * Reads a key through L1, L2 and the origin.
   *
   * @param key the name of the thing, such as `article:first`
   * @param load asks the origin; called at most once for all concurrent readers of a key, in all processes
   * @param options default: from the nearest tier that has it
   * @returns the entry (present or absent), where it was read from, and whether it is verified
   * @throws what `load` or `options.admit` throws, if no tier has the key within its grace; ProblemError `OVERLOADED` if the
   *   read takes longer than `SHED_READ_TIMEOUT`
   */
  async read(key: CacheKey, load: Load, options: ReadOptions = {}): Promise<CacheRead> {
    const { reader } = this.parts;
    const { bypass = false, visit } = options;
    const held = bypass ? null : reader.fromL1(key, load);
    if (held !== null) return held;
    if (options.admit !== undefined) await this.admit(key, options.admit, bypass);
    return bypass ? reader.readOrigin(key, load, visit) : reader.beyondL1(key, load, visit);
  }

  /**
   * The value of a key, as `read` finds it.
   *
   * @param load asks the origin for the value and its version; null if there is no such thing
   * @returns the parsed JSON; null if there is no such thing. Each caller gets an object of its own
   * @throws as `read`
   */
  async getOrLoad<T>(key: CacheKey, load: () => Promise<Versioned<T> | null>): Promise<T | null> {
    const { entry } = await this.read(key, async () => {
      const found = await load();
      if (found === null) return { state: 'absent', version: 0 };
      const { version, value, freshMs } = found;
      return { state: 'present', version, body: serialised(value), freshMs };
    });
    return entry.state === 'absent' ? null : (JSON.parse(Buffer.from(entry.body, 'latin1').toString()) as T);
  }

  /**
   * Reads several keys at once. Their loads are called in one tick, so that a batching loader asks for all of them in one
   * statement.
   *
   * @returns a read for each, in the order given
   * @throws what the first of them throws
   */
  readMany(reads: readonly KeyRead[], options: Omit<ReadOptions, 'visit'> = {}): Promise<CacheRead[]> {
    return Promise.all(
      reads.map(({ key, load, visit }) => this.read(key, load, { ...options, ...(visit && { visit }) })),
    );
  }

  /**
   * Runs a write of a thing, and gives both tiers its new state once it is committed; see `Changes.writing`.
   *
   * @throws what `write` throws
   */
  write<T>(key: CacheKey, write: (underWay: WriteUnderWay) => Promise<T>): Promise<T> {
    return this.parts.changes.writing(key, write);
  }

  /**
   * Takes in changes that were committed: no older version is served any more.
   *
   * @returns whether Redis has them; otherwise they must be given again
   */
  changed(changes: readonly KeyChange[]): Promise<boolean> {
    return this.parts.changes.changed(changes);
  }

  /**
   * Makes a key stale in all processes, whatever its version.
   *
   * @returns whether Redis has it; otherwise only this process knows
   */
  invalidate(key: CacheKey): Promise<boolean> {
    return this.parts.changes.invalidate(key);
  }

  /** Begins to follow the changes in Redis, and to emit sizes. */
  start(): void {
    this.parts.gauge.start();
    this.parts.limit.start();
    this.parts.sync.start();
    this.parts.hotList.start();
  }

  /** Resolves when L1 is synchronised and warm, or Redis does not come up: after 3 s at the latest. */
  async ready(): Promise<void> {
    await Promise.all([this.parts.sync.begun(), this.parts.warmStart.take()]);
  }

  /** Publishes which keys are hot here, and stops all timers. The connections are their owner's to close. */
  async close(): Promise<void> {
    await this.parts.hotList.close();
    this.parts.gauge.close();
    this.parts.limit.close();
    this.parts.sync.close();
    this.parts.l2Trust.close();
  }

  /** @throws what `admit` throws */
  private async admit(key: CacheKey, admit: () => Promise<void>, bypass: boolean): Promise<void> {
    try {
      await admit();
    } catch (error) {
      // What L1 keeps costs a comparison, and no load: a process that is too busy to hear of changes trusts nothing for long,
      // and would refuse its hottest keys first.
      if (bypass || !isOverloaded(error) || this.parts.l1.kept(key) === null) throw error;
    }
  }
}

/** A value, and the version that the origin gave it: greater at every change, 0 if it knows none. */
export interface Versioned<T> {
  readonly value: T;
  readonly version: number;
  /** How long it is fresh, in milliseconds. Default: as long as is configured. */
  readonly freshMs?: number | undefined;
}

const GAUGE_EVERY_MS = 1_000;

/** Emits once a second how full L1 is. To emit it at each fill would cost more than it is worth. */
export class L1Gauge {
  private timer: NodeJS.Timeout | undefined;
  private others: () => number = () => 0;

  constructor(
    private readonly l1: { readonly bytes: number; readonly count: number },
    private readonly events: CacheEvents,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.emit(), GAUGE_EVERY_MS).unref();
  }

  /** @param bytes what shares L1's bytes with its entries, such as their compressed bodies */
  include(bytes: () => number): void {
    this.others = bytes;
  }

  close(): void {
    clearInterval(this.timer);
  }

  private emit(): void {
    this.events.emit('size', { bytes: this.l1.bytes + this.others(), entries: this.l1.count });
  }
}
