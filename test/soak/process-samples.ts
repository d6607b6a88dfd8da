import type { Api } from '../support/api.ts';
import { descriptorsOf } from '../support/open-sockets.ts';
import type { BeforeAndAfter, Growth } from './growth.ts';

interface Sample {
  readonly atMs: number;
  readonly rssMib: number;
  readonly heapMib: number;
  readonly descriptors: number;
}

const EVERY_MS = 1_000;
/** This part of a run fills caches, compiles code, opens connections. */
const WARM_UP_SHARE = 1 / 3;
/** A leak also grows between these parts: the one after the warm-up, and the last one. */
const PART_SHARE = 1 / 4;
/** Fewer say nothing. */
const MIN_SAMPLES = 8;
const MIB = 1_048_576;

/** Looks at what processes hold that may be replaced at any time. */
export class ProcessSamples {
  private readonly samples = new Map<number, Sample[]>();
  private startedAtMs = 0;
  private endedAtMs = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param apis asked for at each look: those that run now */
  watch(apis: () => readonly Api[]): void {
    this.startedAtMs = performance.now();
    this.timer = setInterval(() => {
      // One that is paused or was just killed has no sample.
      for (const api of apis()) void this.sample(api).catch(() => undefined);
    }, EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    // Not by the clock: until it is stopped, the run checks what is served at the end, and ends its processes.
    this.endedAtMs = Math.max(0, ...[...this.samples.values()].flat().map(({ atMs }) => atMs));
  }

  /** Of those that ran from the warm-up to the end how they have grown, like with like; how many others there were. */
  outcome(): { readonly grown: readonly Growth[]; readonly replaced: number } {
    const runMs = this.endedAtMs - this.startedAtMs;
    const warmAtMs = this.startedAtMs + runMs * WARM_UP_SHARE;
    const partMs = runMs * PART_SHARE;
    const grown = [...this.samples].flatMap(([pid, samples]) => {
      const began = samples[0]?.atMs ?? Number.POSITIVE_INFINITY;
      const first = samples.filter(({ atMs }) => atMs >= warmAtMs && atMs < warmAtMs + partMs);
      const last = samples.filter(({ atMs }) => atMs >= this.endedAtMs - partMs);
      // One that started during the warm-up is still warming up after it.
      if (began > this.startedAtMs + partMs / 2) return [];
      if (Math.min(first.length, last.length) < MIN_SAMPLES) return [];
      const of = (pick: (sample: Sample) => number): BeforeAndAfter => [
        typical(first.map(pick)),
        typical(last.map(pick)),
      ];
      return {
        pid,
        rssMib: of(({ rssMib }) => rssMib),
        heapMib: of(({ heapMib }) => heapMib),
        descriptors: of(({ descriptors }) => descriptors),
      };
    });
    return { grown, replaced: this.samples.size - grown.length };
  }

  private async sample({ url, pid }: Api): Promise<void> {
    const response = await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(2 * EVERY_MS) });
    const page = await response.text();
    const mibOf = (name: string) => Number(new RegExp(`^${name} (\\S+)`, 'm').exec(page)?.[1]) / MIB;
    const [rssMib, heapMib] = [mibOf('process_resident_memory_bytes'), mibOf('nodejs_heap_size_used_bytes')];
    const samples = this.samples.get(pid) ?? [];
    this.samples.set(pid, samples);
    samples.push({ atMs: performance.now(), rssMib, heapMib, descriptors: descriptorsOf(pid).length });
  }
}

/** A low one of them: above it is what the collector has not come to yet. */
function typical(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 4)] ?? 0;
}
