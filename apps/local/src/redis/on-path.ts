import { checkCommand, type ServerCommand } from './server-command.js';

/** In this order: Redis is what production runs. */
const NAMES = ['redis-server', 'valkey-server'];

export type OnPath = { kind: 'found'; server: ServerCommand } | { kind: 'missing'; reason: string };

/** A Redis or Valkey server on the PATH that is new enough. */
export async function serverOnPath(): Promise<OnPath> {
  const reasons: string[] = [];
  for (const name of NAMES) {
    const server = { command: name, args: [] };
    const check = await checkCommand(server);
    if (check.kind === 'usable') return { kind: 'found', server };
    reasons.push(check.reason);
  }
  return { kind: 'missing', reason: reasons.join(', ') };
}
