import { cache } from './cache.ts';
import { dependencies } from './dependencies.ts';
import type { Dashboard } from './panel.ts';
import { service } from './service.ts';
import { workers } from './workers.ts';

/** In the order in which a reader meets them. */
export const DASHBOARDS: readonly Dashboard[] = [service, cache, dependencies, workers];
