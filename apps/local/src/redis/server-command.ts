import { execute } from './exec.js';

/** Tracking in broadcast mode works from 6 on, functions from 7: below that Hotshelf's Redis side does not run. */
export const MIN_MAJOR_VERSION = 7;

/** How to run a Redis (or Valkey) server: arguments of the server go behind `args`. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** What a server command turned out to be when it was asked for its version. */
export type CommandCheck = { kind: 'usable'; version: string } | { kind: 'unusable'; reason: string };

/** Asks a server program for its version: whether it is there, runs here, and is new enough. */
export async function checkCommand({ command, args }: ServerCommand): Promise<CommandCheck> {
  const asked = await execute(command, [...args, '--version'], { timeoutMs: 5_000 });
  if (asked.kind === 'failed') return { kind: 'unusable', reason: asked.reason };
  const version = /\bv=(\d+\.\d+\.\d+)/.exec(asked.stdout)?.[1];
  if (version === undefined) return { kind: 'unusable', reason: `${command}: it does not tell its version` };
  return Number.parseInt(version, 10) >= MIN_MAJOR_VERSION
    ? { kind: 'usable', version }
    : { kind: 'unusable', reason: `${command}: ${version} is older than ${MIN_MAJOR_VERSION}` };
}
