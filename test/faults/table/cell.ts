import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Api } from '../../support/api.ts';
import { type Answered, SteadyLoad } from '../../support/steady-load.ts';
import { until } from '../../support/until.ts';
import { countsOf, healthyAfterMs, slowestMs } from './outcome.ts';

/** No request takes longer, whatever is broken: 2.5 s, and a margin for a busy machine. The measured time is printed. */
const LONGEST_MS = 2_500 + 500;
/** From a dependency's return to the first second without a refusal. */
const HEALED_WITHIN_MS = 2_000;

/** One cell of the table of faults: something breaks for a while, and the service has to do what the runbook says. */
export interface Cell {
  readonly name: string;
  /** Breaks it. @returns mends it */
  readonly breakIt: () => Promise<() => Promise<void> | void>;
  /** How long it stays broken, in milliseconds; default 1.5 s. */
  readonly brokenMs?: number;
  /** Whether the service makes full use of it again. */
  readonly isUsed: () => Promise<boolean>;
  /** Allowed answers for a key that no tier has: `200` alone, or refusals too. */
  readonly others: 'served' | 'served or refused' | 'refused';
}

export interface CellReport {
  readonly during: readonly Answered[];
  readonly text: string;
}

/** Asks held and other keys while it is broken and after, and holds the answers against the table. */
export async function runCell(
  cell: Cell,
  api: Api,
  paths: { held: string[]; other: () => string },
): Promise<string> {
  const load = new SteadyLoad({ url: api.url, heldPaths: paths.held, otherPath: paths.other });
  let brokenAtMs = 0;
  let mendedAtMs = 0;
  let backAtMs = 0;
  let usedAgainAtMs = Number.NaN;
  try {
    brokenAtMs = performance.now();
    const mend = await cell.breakIt();
    await pause(cell.brokenMs ?? 1_500);
    mendedAtMs = performance.now();
    await mend();
    backAtMs = performance.now();
    const used = until('it is used again', cell.isUsed, 5_000).then(() => {
      usedAgainAtMs = performance.now();
    });
    const healthy = until('it is healthy', () => healthyAfterMs(load.answers, backAtMs) !== null, 5_000);
    await Promise.allSettled([used, healthy]);
  } finally {
    await load.stop();
  }
  const during = load.answers.filter(({ askedAtMs }) => askedAtMs >= brokenAtMs && askedAtMs < mendedAtMs);
  const healed = healthyAfterMs(load.answers, backAtMs);
  const text = `${cell.name}: ${countsOf(during)}; healthy ${healed} ms after its return, used again after ${Math.round(usedAgainAtMs - backAtMs)} ms; slowest ${slowestMs(load.answers)} ms`;
  check(cell, during, load.answers, text);
  assert.ok(healed !== null && healed <= HEALED_WITHIN_MS, text);
  assert.ok(usedAgainAtMs - backAtMs <= HEALED_WITHIN_MS, text);
  return text;
}

function check(cell: Cell, during: readonly Answered[], all: readonly Answered[], text: string): void {
  const [held, other] = (['held', 'other'] as const).map((of) =>
    during.filter(({ keyClass }) => keyClass === of),
  );
  assert.ok((held?.length ?? 0) > 100 && (other?.length ?? 0) > 100, `too few were asked: ${text}`);
  assert.deepEqual(
    held?.filter(({ status }) => status !== 200),
    [],
    text,
  );
  const allowed = cell.others === 'served' ? [200] : [200, 503];
  assert.deepEqual(
    other?.filter(({ status }) => !allowed.includes(status)),
    [],
    text,
  );
  assert.deepEqual(
    all.filter(({ status, retryAfter }) => status === 503 && !retryAfter),
    [],
    text,
  );
  if (cell.others === 'refused') {
    // Those that were on their way, or asked before it was noticed, may have been served.
    const refused = other?.filter(({ status }) => status === 503).length ?? 0;
    assert.ok(refused > (other?.length ?? 0) / 2, `too few were refused: ${text}`);
  }
  assert.ok(slowestMs(all) <= LONGEST_MS, text);
}
