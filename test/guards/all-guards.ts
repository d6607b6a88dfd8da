import { CACHE_GUARDS } from './cache-guards.ts';
import { COHERENCE_GUARDS } from './coherence-guards.ts';
import { COLLECTION_GUARDS } from './collection-guards.ts';
import { EDGE_GUARDS } from './edge-guards.ts';
import type { Guard } from './guard.ts';
import { HOT_GUARDS } from './hot-guards.ts';
import { LOAD_GUARDS } from './load-guards.ts';
import { MONOTONIC_GUARDS } from './monotonic-guards.ts';
import { PROCESS_GUARDS } from './process-guards.ts';
import { RESILIENCE_GUARDS } from './resilience-guards.ts';
import { WARM_GUARDS } from './warm-guards.ts';
import { WRITE_GUARDS } from './write-guards.ts';

export const ALL_GUARDS: readonly Guard[] = [
  ...CACHE_GUARDS,
  ...LOAD_GUARDS,
  ...MONOTONIC_GUARDS,
  ...COHERENCE_GUARDS,
  ...COLLECTION_GUARDS,
  ...EDGE_GUARDS,
  ...HOT_GUARDS,
  ...WARM_GUARDS,
  ...PROCESS_GUARDS,
  ...WRITE_GUARDS,
  ...RESILIENCE_GUARDS,
];
