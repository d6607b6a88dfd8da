import { privateRedis } from './apt/private-redis.js';
import { dockerEngine } from './docker.js';
import { serverOnPath } from './on-path.js';
import type { ServerCommand } from './server-command.js';
import { type RedisUnavailable, unavailable } from './unavailable.js';

/** Where a Redis can be had from on this machine. */
export type RedisSource =
  | { kind: 'path'; server: ServerCommand }
  | { kind: 'package'; server: ServerCommand }
  | { kind: 'docker' }
  | RedisUnavailable;

/** The first of: a server on the PATH, the distribution's own package, a Docker engine. */
export async function chooseSource(home: string, onNote?: (note: string) => void): Promise<RedisSource> {
  const onPath = await serverOnPath();
  if (onPath.kind === 'found') return { kind: 'path', server: onPath.server };
  const packaged = await privateRedis(home, onNote);
  if (packaged.kind === 'ready') return { kind: 'package', server: packaged };
  const docker = await dockerEngine();
  if (docker.kind === 'answers') return { kind: 'docker' };
  return unavailable([onPath.reason, packaged.reason, docker.reason].join('; '));
}
