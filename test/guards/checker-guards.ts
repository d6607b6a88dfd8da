/** A guard whose loss the coherence checker itself has to notice, with the fault that brings it out. */
export interface CheckedGuard {
  readonly name: string;
  /** The compiled file that holds it, below dist/. */
  readonly file: string;
  /** Its text, which must stand there exactly once. */
  readonly text: string;
  /** What stands there when it is taken out. */
  readonly without: string;
  /** As of the checker's `--only`. */
  readonly fault: string;
}

export const CHECKED_GUARDS: readonly CheckedGuard[] = [
  {
    name: 'a notice is heeded',
    file: 'libs/cache/src/sync/memory-sync.js',
    text: 'if (this.memory.suspect(key)) this.revalidator.compare(key);',
    without: '',
    fault: 'Redis flushed',
  },
  {
    name: 'the outbox is read by snapshots, not by position',
    file: 'libs/db/src/outbox/outbox-session.js',
    text: 'WHERE NOT pg_visible_in_snapshot(transaction, applied)',
    without: 'WHERE transaction >= pg_snapshot_xmax(applied)',
    fault: 'tracking links cut',
  },
  {
    name: 'a new epoch begins with every link',
    file: 'libs/cache/src/trust/memory-trust.js',
    text: 'this.heardAtMs = this.clock.nowMs();\n        this.beginEpoch();',
    without: 'this.heardAtMs = this.clock.nowMs();',
    fault: 'tracking links swallowed',
  },
  {
    name: 'memory is not trusted for long while no invalidations arrive',
    file: 'libs/cache/src/trust/memory-trust.js',
    text: 'if (nowMs - asOfMs < l1UnsyncedTtlMs)',
    without: 'if (true)',
    fault: 'all connections swallowed',
  },
  {
    name: 'a Redis that did not answer is doubted',
    file: 'libs/cache/src/trust/shared-trust.js',
    text: "if (this.current.kind === 'doubted') return;",
    without: 'return;',
    fault: 'back with an older state',
  },
  {
    name: 'a tombstone is told of a change of which the state is not known',
    file: 'libs/cache/src/scripts/tombstones-script.js',
    text: "redis.call('SET', key, bytes, 'PX', ARGV[1])",
    without: '',
    fault: 'Redis paused',
  },
  {
    name: 'a write cancels what is on its way in its own process',
    file: 'libs/cache/src/write/changes.js',
    text: 'this.memory.changed(token.key, entry.version);',
    without: '',
    fault: 'Redis paused',
  },
];
