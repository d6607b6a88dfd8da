import { writeFileSync } from 'node:fs';
import { GCProfiler, getHeapStatistics } from 'node:v8';

/*
 * Loaded into a server under measurement ahead of its own code. The first SIGWINCH, which means nothing to a server
 * (SIGUSR2 ends one made with Nest), begins an account of what is allocated on the heap; the next one ends it and
 * writes it down, and so on.
 */
const profiler = new GCProfiler();
let usedAtStart: number | null = null;

process.on('SIGWINCH', () => {
  const used = getHeapStatistics().used_heap_size;
  const allocatedBytes = usedAtStart === null ? 0 : allocatedSince(usedAtStart, used);
  if (usedAtStart === null) profiler.start();
  usedAtStart = usedAtStart === null ? used : null;
  writeFileSync(`${process.env.HEAP_PROBE}.${process.pid}`, JSON.stringify({ allocatedBytes }));
});

/** What the heap grew by, between one collection and the next. */
function allocatedSince(usedBefore: number, usedNow: number): number {
  let used = usedBefore;
  let allocated = 0;
  for (const { beforeGC, afterGC } of profiler.stop()?.statistics ?? []) {
    allocated += beforeGC.heapStatistics.usedHeapSize - used;
    used = afterGC.heapStatistics.usedHeapSize;
  }
  return allocated + usedNow - used;
}
