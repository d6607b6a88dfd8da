import { backlog } from './backlog.ts';
import { coldLoads } from './cold-loads.ts';
import { headline, mix } from './headline.ts';
import { invalidations } from './invalidations.ts';
import { memory } from './memory.ts';
import { page } from './page.ts';
import type { Probe } from './probe.ts';
import { scrape } from './scrape.ts';
import { seeding } from './seed.ts';
import { startTime } from './start-time.ts';

export const PROBES: readonly Probe[] = [
  startTime,
  coldLoads,
  invalidations,
  headline,
  mix,
  scrape,
  page,
  seeding,
  memory,
  backlog,
];
