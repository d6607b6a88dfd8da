import type { Guard } from './guard.ts';

const TRUST = 'test/unit/cache/memory-trust.test.ts';

/** The guards of trust, of the outbox and of the relay; docs/coherence.md tells what each is for. */
export const COHERENCE_GUARDS: readonly Guard[] = [
  {
    name: 'a full Redis is told of a change',
    file: 'libs/cache/src/scripts/tombstones-script.js',
    text: "redis.call('DEL', lease)",
    without: '',
    test: 'test/integration/cache/full-redis.test.ts',
  },
  {
    name: 'a master that the driver can not reach is a master all the same',
    file: 'libs/redis/src/tracking/tracking-links.js',
    text: '...mastersOf(client)',
    without: "...client.nodes('master').map(({ options }) => [options.host, options.port].join(':'))",
    test: 'test/integration/redis/tracking.test.ts',
  },
  {
    name: 'an insert that waited for a deletion gets a newer version',
    file: 'libs/db/src/migrations/0002-outbox.js',
    text: 'outbox.version > changed.version',
    without: 'false',
    test: 'test/integration/db/outbox.test.ts',
  },
  {
    name: 'the outbox is read by snapshots, not by position',
    file: 'libs/db/src/outbox/outbox-session.js',
    text: 'WHERE NOT pg_visible_in_snapshot(transaction, applied)',
    without: 'WHERE transaction >= pg_snapshot_xmax(applied)',
    test: 'test/faults/relay.test.ts',
  },
  {
    name: 'a paused leader loses its session',
    file: 'libs/db/src/outbox/outbox-session.js',
    text: 'const IDLE_LIMIT_MS = 1_500;',
    without: 'const IDLE_LIMIT_MS = 0;',
    test: 'test/faults/relay.test.ts',
  },
  {
    name: 'a new epoch begins with every link',
    file: 'libs/cache/src/trust/memory-trust.js',
    text: 'this.heardAtMs = this.clock.nowMs();\n        this.beginEpoch();',
    without: 'this.heardAtMs = this.clock.nowMs();',
    test: TRUST,
  },
  {
    name: 'a new epoch begins when Redis is believed again',
    file: 'libs/cache/src/trust/memory-trust.js',
    text: 'shared.onRegained(()=>this.beginEpoch());',
    without: '',
    test: TRUST,
  },
  {
    name: 'a link that was not heard for long proves nothing',
    file: 'libs/cache/src/trust/memory-trust.js',
    text: 'return nowMs - this.heardAtMs < LINK_PROOF_MS',
    without: 'return true',
    test: TRUST,
  },
  {
    name: 'what Redis gave is as old as Redis',
    file: 'libs/cache/src/trust/memory-trust.js',
    text: 'Math.min(askedAtMs, this.shared.asOfMs)',
    without: 'askedAtMs',
    test: TRUST,
  },
  {
    name: 'a doubt outlives the check that it overtook',
    file: 'libs/cache/src/trust/shared-trust.js',
    text: ' || doubtCount !== this.doubts',
    without: '',
    test: TRUST,
  },
  {
    name: 'a notice makes its entry suspect',
    file: 'libs/cache/src/tiers/memory-tier.js',
    text: 'slot.suspect = true;',
    without: '',
    test: TRUST,
  },
  {
    name: 'versions outlive their entries',
    file: 'libs/cache/src/tiers/memory-tier.js',
    text: 'return Math.max(this.floors.of(key), ',
    without: 'return Math.max(0, ',
    test: TRUST,
  },
  {
    name: 'a new state needs the lease that it was written under, or an older entry',
    file: 'libs/cache/src/scripts/put-script.js',
    text: 'if proven then',
    without: 'if true then',
    test: 'test/contracts/tiers/redis-single.test.ts',
  },
  {
    name: 'a write of the service takes the lease of whoever is loading',
    file: 'libs/cache/src/scripts/put-script.js',
    text: "redis.call('DEL', KEYS[2])",
    without: '',
    test: 'test/contracts/tiers/redis-single.test.ts',
  },
  {
    name: 'a refused write is rolled back',
    file: 'libs/db/src/writing/database-writer.js',
    text: 'if (runner.isTransactionActive)',
    without: 'if (false)',
    test: 'test/integration/coherence/write-through.test.ts',
  },
];
