import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Clock, TrackedPrefixes } from '#libs/cache';
import { WiringError } from '#libs/cache/nest';
import type { OutboxWatch, RecordedTable, Recording } from '#libs/db';
import { ProcessLogger } from '#libs/resilience';

/** Cheap: it reads the catalogs, by an index. A change that was not recorded is served for so long at most, and a second. */
const LOOK_EVERY_MS = 5_000;

/** The tables that answers are made of, by the beginnings of their keys: `{ 'article:': [recordedTable('articles')] }`. */
export abstract class RecordedTables {
  abstract readonly of: Readonly<Record<string, readonly RecordedTable[]>>;
}

/**
 * Watches whether changes reach the outbox at all. A table without its triggers, or with triggers disabled for an import, changes
 * without anyone being notified, and every tier would go on serving what it has.
 */
@Injectable()
export class RecordingWatch implements OnModuleInit {
  private readonly logger = new ProcessLogger('Recording');
  private readonly tables: readonly RecordedTable[];
  private last: Recording | undefined;
  private lookedAtMs = Number.NEGATIVE_INFINITY;
  /** Changes may have been missed, and the caches were not emptied since. */
  private missed = false;

  constructor(
    private readonly recorded: RecordedTables,
    private readonly prefixes: TrackedPrefixes,
    private readonly clock: Clock,
  ) {
    const named = Object.values(recorded.of)
      .flat()
      .map((each) => [each.table, each] as const);
    this.tables = [...new Map(named).values()];
  }

  /** @throws WiringError for keys without tables */
  onModuleInit(): void {
    const unknown = this.prefixes.list.filter((prefix) => !(prefix in this.recorded.of));
    if (unknown.length === 0) return;
    throw new WiringError(
      'TABLES_UNKNOWN',
      `no tables are named for the keys ${unknown.join(', ')}: add them to CoherenceModule.forRoot({ tables })`,
    );
  }

  /** Why changes are not recorded, and what to do; null if they are, as far as is known. */
  get fault(): string | null {
    const fault = this.last?.fault ?? null;
    return fault === null ? null : `changes are not recorded: ${fault}; run npm run migrate`;
  }

  /** Whether what is committed and what is applied can be compared. */
  get isReadable(): boolean {
    return this.last?.isReadable ?? true;
  }

  /** Looks at the next call, whenever the last one was. */
  lookSoon(): void {
    this.lookedAtMs = Number.NEGATIVE_INFINITY;
  }

  /**
   * Looks from time to time. When changes are recorded again, or a trigger was altered since the last look, some may have been
   * missed: the caches of all processes are emptied.
   *
   * @returns whether every change is recorded, and none was missed since the caches were emptied
   * @throws if Postgres cannot be read, or, for the emptying, written to
   */
  async look(watch: OutboxWatch): Promise<boolean> {
    if (this.clock.nowMs() - this.lookedAtMs >= LOOK_EVERY_MS) {
      const { last, fault: before } = this;
      this.last = await watch.recording(this.tables);
      this.lookedAtMs = this.clock.nowMs();
      this.missed ||= this.fault !== null || (last !== undefined && last.revision !== this.last.revision);
      if (this.fault !== null && this.fault !== before) this.logger.error(this.fault);
    }
    if (this.fault !== null) return false;
    if (!this.missed) return true;
    await watch.flush();
    this.missed = false;
    this.logger.log('changes are recorded again; the caches are emptied, since some may have been missed');
    return true;
  }
}
