/** One step of an orderly end. */
export interface Phase {
  /** What it does, for the line that says what hung. */
  readonly name: string;
  run(): Promise<void>;
}

export type PhasesOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'hung'; readonly name: string }
  | { readonly kind: 'failed'; readonly name: string; readonly error: unknown };

/**
 * Runs them one after the other, all within one time. One that fails does not keep the later ones from running.
 *
 * @param timeoutMs for all of them together, in milliseconds
 */
export async function runPhases(phases: readonly Phase[], timeoutMs: number): Promise<PhasesOutcome> {
  const over = Promise.withResolvers<'over'>();
  const timer = setTimeout(() => over.resolve('over'), timeoutMs);
  let outcome: PhasesOutcome = { kind: 'done' };
  try {
    for (const { name, run } of phases) {
      const ended = run().then(
        () => undefined,
        (error: unknown) => {
          outcome = { kind: 'failed', name, error };
        },
      );
      if ((await Promise.race([ended, over.promise])) === 'over') return { kind: 'hung', name };
    }
    return outcome;
  } finally {
    clearTimeout(timer);
  }
}
