import { randomUUID } from 'node:crypto';
import { execute } from './exec.js';

const IMAGE = 'redis:8';
/** A client without an engine answers at once; one whose engine hangs must not hold a start up. */
const ENGINE_TIMEOUT_MS = 4_000;

export type DockerEngine = { kind: 'answers' } | { kind: 'missing'; reason: string };

/** Whether a Docker engine answers here: a client alone is of no use. */
export async function dockerEngine(): Promise<DockerEngine> {
  const asked = await execute('docker', ['info', '--format', '{{.ServerVersion}}'], {
    timeoutMs: ENGINE_TIMEOUT_MS,
  });
  if (asked.kind === 'failed') return { kind: 'missing', reason: asked.reason };
  // Some versions report an engine that is away in their output alone.
  return /^\d/.test(asked.stdout.trim())
    ? { kind: 'answers' }
    : { kind: 'missing', reason: 'docker: no engine answers' };
}

/**
 * The arguments of a `docker run` that serves Redis on this port of 127.0.0.1 and leaves no container behind.
 *
 * @param serverArgs go to redis-server
 */
export function dockerRunArgs(port: number, serverArgs: readonly string[]): string[] {
  return [
    ...[
      'run',
      '--rm',
      '--name',
      `hotshelf-redis-${randomUUID()}`,
      '--publish',
      `127.0.0.1:${port}:6379`,
      IMAGE,
    ],
    // Within the container it has to listen on the container's own address; only the published one is reachable.
    ...['redis-server', '--port', '6379', '--bind', '0.0.0.0', '--protected-mode', 'no', ...serverArgs],
  ];
}
