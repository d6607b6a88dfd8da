import { CACHE_GUARDS } from './cache-guards.ts';
import { COHERENCE_GUARDS } from './coherence-guards.ts';
import { EDGE_GUARDS } from './edge-guards.ts';
import type { Guard } from './guard.ts';
import { MONOTONIC_GUARDS } from './monotonic-guards.ts';
import { RESILIENCE_GUARDS } from './resilience-guards.ts';

export const ALL_GUARDS: readonly Guard[] = [
  ...CACHE_GUARDS,
  ...MONOTONIC_GUARDS,
  ...COHERENCE_GUARDS,
  ...EDGE_GUARDS,
  ...RESILIENCE_GUARDS,
];
