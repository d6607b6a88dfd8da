import type { Guard } from './guard.ts';

const HOT_PATH = 'libs/cache/src/http/hot/hot-path.js';
const GLANCES = 'libs/cache/src/read/glances.js';
const SHARED = 'libs/cache/src/tiers/shared-glance.js';
const SCRIPT = 'libs/cache/src/scripts/glance-script.js';
const READS = 'test/integration/cache/glances.test.ts';
const ANSWERS = 'test/e2e/api/warm-path.test.ts';

const warm = (name: string, guard: Omit<Guard, 'name'>): Guard => ({ name: `warm path: ${name}`, ...guard });

/** The guards of what is answered from Redis ahead of the router. */
export const WARM_GUARDS: readonly Guard[] = [
  warm('not where a miss may have to be refused', {
    file: 'libs/cache/src/http/hot/warm-path.js',
    text: 'this.gate.isOpen && ',
    without: '',
    test: ANSWERS,
  }),
  warm('what nobody could verify is told as stale', {
    file: 'libs/cache/src/http/hot/warm-path.js',
    text: 'const verified = this.trust.isVerified(nowMs);',
    without: 'const verified = true;',
    test: 'test/faults/unheard-source.test.ts',
  }),
  warm('not what memory knows already', {
    file: HOT_PATH,
    text: ' || this.memory.trustedVersion(key) !== null',
    without: '',
    test: ANSWERS,
  }),
  warm('not an address that is a route of its own', {
    file: HOT_PATH,
    text: 'if (this.routes.isOwnRoute(url)) return false;',
    without: '',
    test: ANSWERS,
  }),
  warm('nobody joins a glance from before a change', {
    file: GLANCES,
    text: ' && this.memory.mayShare(flying.token)',
    without: '',
    test: READS,
  }),
  warm('what memory has no room for is remembered', {
    file: 'libs/cache/src/tiers/memory-tier.js',
    text: 'if (!this.slots.has(key))',
    without: 'if (false)',
    test: READS,
  }),
  warm('a Redis that failed is not asked by the next in line', {
    file: GLANCES,
    text: 'this.arePossible ? await',
    without: 'true ? await',
    test: READS,
  }),
  warm('a glance that failed raises a doubt', {
    file: 'libs/cache/src/scripts/shared-scripts.js',
    text: "if (reply.kind !== 'answered') this.trust.doubt('a command failed');",
    without: '',
    test: READS,
  }),
  warm('what came of a Redis that was doubted meanwhile is not used', {
    file: SHARED,
    text: "reply.kind !== 'answered' || !this.trust.isTrusted",
    without: "reply.kind !== 'answered'",
    test: READS,
  }),
  warm('nothing past its fresh time', {
    file: SCRIPT,
    text: "if left <= struct.unpack('>d', entry.bytes, 21) then return false, 0 end",
    without: '',
    test: READS,
  }),
  warm('only what is there', {
    file: SHARED,
    text: "entry?.state === 'present' ? entry : null",
    without: 'entry',
    test: READS,
  }),
];
