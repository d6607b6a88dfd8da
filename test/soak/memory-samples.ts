import type { Api } from '../support/api.ts';

interface Sample {
  readonly atMs: number;
  readonly rssMib: number;
  readonly heapMib: number;
}

/** What a process held in the first part after its warm-up, and in the last part of the run. */
export interface Growth {
  readonly pid: number;
  readonly rssMib: readonly [before: number, after: number];
  readonly heapMib: readonly [before: number, after: number];
}

const EVERY_MS = 1_000;
/** This part of a run fills caches, compiles code, opens connections. */
const WARM_UP_SHARE = 1 / 3;
/** What grows for ever grows between these parts too. */
const PART_SHARE = 1 / 4;
const MIB = 1_048_576;

/** Looks at the memory of processes that may be replaced at any time. */
export class MemorySamples {
  private readonly samples = new Map<number, Sample[]>();
  private readonly startedAtMs = performance.now();
  private timer: NodeJS.Timeout | undefined;

  watch(apis: () => readonly Api[]): void {
    this.timer = setInterval(() => {
      // One that is paused or was just killed tells nothing.
      for (const api of apis()) void this.sample(api).catch(() => undefined);
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Of those that ran through the whole run; the others had no time to show whether they grow. */
  growths(): Growth[] {
    const endsAtMs = performance.now();
    const runMs = endsAtMs - this.startedAtMs;
    const warmAtMs = this.startedAtMs + runMs * WARM_UP_SHARE;
    const partMs = runMs * PART_SHARE;
    return [...this.samples].flatMap(([pid, samples]) => {
      const first = samples.filter(({ atMs }) => atMs >= warmAtMs && atMs < warmAtMs + partMs);
      const last = samples.filter(({ atMs }) => atMs >= endsAtMs - partMs);
      const ran = first.length > 3 && last.length > 3;
      if (!ran || (samples[0]?.atMs ?? endsAtMs) > this.startedAtMs + runMs * PART_SHARE) return [];
      const of = (pick: (sample: Sample) => number) =>
        [typical(first.map(pick)), typical(last.map(pick))] as const;
      return [{ pid, rssMib: of(({ rssMib }) => rssMib), heapMib: of(({ heapMib }) => heapMib) }];
    });
  }

  private async sample(api: Api): Promise<void> {
    const response = await fetch(`${api.url}/metrics`, { signal: AbortSignal.timeout(2 * EVERY_MS) });
    const page = await response.text();
    const mibOf = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(page)?.[1]) / MIB;
    const samples = this.samples.get(api.pid) ?? [];
    this.samples.set(api.pid, samples);
    const [rssMib, heapMib] = [mibOf('process_resident_memory_bytes'), mibOf('nodejs_heap_size_used_bytes')];
    samples.push({ atMs: performance.now(), rssMib, heapMib });
  }
}

/** A low one of them: above it is what the collector has not come to yet. */
function typical(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 4)] ?? 0;
}
