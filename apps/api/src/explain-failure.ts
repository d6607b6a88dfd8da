const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/**
 * Ends the process when it is told to while it starts. As process 1 of a container it would otherwise ignore the signal
 * until its shutdown hooks stand, and be killed later for not having listened.
 *
 * @returns to be called when the shutdown hooks stand
 */
export function stopWhileStarting(): () => void {
  const stop = () => process.exit(0);
  for (const signal of SIGNALS) process.once(signal, stop);
  return () => {
    for (const signal of SIGNALS) process.off(signal, stop);
  };
}
