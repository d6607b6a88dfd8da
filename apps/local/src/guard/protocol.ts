/** A program that the guard keeps for us: how to start it, where its output goes, how it likes to be ended. */
export interface ServiceSpec {
  /** What people call it in messages. */
  name: string;
  /** A path, or a name to be found on the PATH. */
  command: string;
  args: readonly string[];
  cwd?: string;
  /** The whole environment of the service; the starter's own by default. */
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** The starter's own stdout and stderr, or a file that begins anew with every start. */
  output: 'inherit' | { file: string };
  stopSignal: 'SIGTERM' | 'SIGINT';
  /** How long after `stopSignal` it is killed. */
  stopTimeoutMs: number;
}

/** How a service ended. Both are null where nobody could tell: the guard died and could not say. */
export interface ServiceExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** What the starter asks of the guard. `id` is the starter's own count of services. */
export type ToGuard =
  | { kind: 'run'; id: number; spec: ServiceSpec }
  | { kind: 'stop'; id: number }
  | { kind: 'stop-all' };

/** What the guard tells the starter. */
export type FromGuard =
  | { kind: 'started'; id: number; pid: number }
  | { kind: 'failed'; id: number; reason: string }
  | ({ kind: 'exited'; id: number } & ServiceExit);
