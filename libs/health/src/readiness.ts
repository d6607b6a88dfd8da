/** What the indicators found. */
export interface DependencyStates {
  readonly postgres: 'up' | 'down';
  readonly redis: 'up' | 'down' | 'absent';
  /** Entries that this process could answer from without anyone's help. */
  readonly entriesInMemory: number;
}

/**
 * Whether a balancer should send reads here. Taking a process out because a dependency is away would take all of
 * them out at once, while each could still answer; so only a process that can answer no read is not ready. One
 * that never reached Postgres waits for it: it has nothing of its own yet, and whether Redis holds anything is
 * unknown.
 */
export function canAnswerReads(states: DependencyStates, reachedPostgresOnce: boolean): boolean {
  if (states.postgres === 'up') return true;
  return reachedPostgresOnce && (states.redis === 'up' || states.entriesInMemory > 0);
}
