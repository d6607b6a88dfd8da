/**
 * npm passes on a signal that the terminal has sent to this process too, so that one Ctrl-C arrives twice. What comes
 * so soon after the first is its echo, not somebody who insists.
 */
const ECHO_MS = 500;

export interface StopListener {
  /** Asked to stop for the first time. */
  ask(): void;
  /** Asked again by somebody who waits for it. */
  insist(): void;
}

/** @returns stops listening */
export function onStopRequests({ ask, insist }: StopListener): () => void {
  let askedAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (askedAt === undefined) {
      askedAt = performance.now();
      ask();
      return;
    }
    // A hang-up says that the terminal, or npm, has gone: nobody is left who could insist.
    if (signal !== 'SIGHUP' && performance.now() - askedAt > ECHO_MS) insist();
  };
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return () => {
    for (const signal of signals) process.off(signal, onSignal);
  };
}
