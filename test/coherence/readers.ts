import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../support/api.ts';
import { processName } from './process-stops.ts';
import type { Random } from './random.ts';
import type { System } from './system.ts';
import type { Verdict } from './verdict.ts';

const READERS_A_PROCESS = 3;
const PAUSE_MS = 10;
/** A paused process answers nothing; its readers go on asking. */
const PATIENCE_MS = 4_000;

/** Reads all the time, through every process, some keys far more often than others. */
export class Readers {
  readonly statuses = new Map<number | 'none', number>();
  /** Which tier answered, by `Cache-Status`. */
  readonly tiers = new Map<string, number>();
  private stopping = false;
  private readonly running: Promise<void>[] = [];
  private readonly system: System;
  private readonly verdict: Verdict;
  private readonly random: Random;
  private readonly keys: readonly string[];

  constructor(system: System, verdict: Verdict, random: Random, keys: readonly string[]) {
    this.system = system;
    this.verdict = verdict;
    this.random = random;
    this.keys = keys;
  }

  start(): void {
    for (let place = 0; place < this.system.apis.length; place += 1) {
      for (let n = 0; n < READERS_A_PROCESS; n += 1) this.running.push(this.readOn(place));
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(this.running);
  }

  private async readOn(place: number): Promise<void> {
    while (!this.stopping) {
      const api = this.system.apis[place];
      // Squared, so that the first keys are hot and the last ones rare.
      const key = this.keys[Math.floor(this.random.next() ** 2 * this.keys.length)];
      if (api !== undefined && key !== undefined) await this.readOnce(api, key);
      await pause(PAUSE_MS * this.random.next() * 2);
    }
  }

  private isProduct(key: string): boolean {
    return key.startsWith('prod-');
  }

  async readOnce(api: Api, key: string): Promise<number | null | undefined> {
    const startedAtMs = performance.now();
    try {
      const route = this.isProduct(key) ? 'products' : 'categories';
      const response = await fetch(`${api.url}/${route}/${key}`, {
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const body = (await response.json()) as { stock?: number; product_count?: number };
      count(this.statuses, response.status);
      if (response.status !== 200 && response.status !== 404) return undefined;
      const stock = body.stock ?? body.product_count ?? null;
      const cacheStatus = response.headers.get('cache-status') ?? '';
      count(this.tiers, /detail=(\w+)/.exec(cacheStatus)?.[1] ?? 'none');
      const process = processName(api);
      this.verdict.judge({ key, process, startedAtMs, endedAtMs: performance.now(), stock, cacheStatus });
      return stock;
    } catch {
      count(this.statuses, 'none' as const);
      return undefined;
    }
  }
}

function count<What>(counts: Map<What, number>, what: What): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}
