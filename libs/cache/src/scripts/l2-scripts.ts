import { type RedisLink, type Script, ScriptRunner } from '#libs/redis';
import { isRefusedCommand, type Outcome } from '#libs/resilience';
import type { L2Trust } from '../trust/l2-trust.js';

const NOT_OURS = Promise.resolve({ kind: 'skipped', why: 'absent' } as const);

/**
 * Runs the cache's scripts. A Redis that did not answer one of them may have missed changes of others meanwhile. While it may
 * hold another database's entries in this service's namespace, there is no Redis as far as the cache is concerned.
 */
export class L2Scripts {
  private readonly runner: ScriptRunner;

  /** @param scripts all that will be run */
  constructor(
    redis: RedisLink,
    private readonly trust: L2Trust,
    scripts: readonly Script[],
  ) {
    this.runner = new ScriptRunner(redis, scripts);
  }

  run<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Outcome<Reply>> {
    return this.trust.namespaceOwner === 'own' ? this.send(script, keys, args) : NOT_OURS;
  }

  /** The same for a script that only reads, for a caller that has nothing better: also before the owner is known. */
  look<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Outcome<Reply>> {
    return this.trust.namespaceOwner === 'foreign' ? NOT_OURS : this.send(script, keys, args);
  }

  private async send<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Outcome<Reply>> {
    const reply = await this.runner.run<Reply>(script, keys, args);
    // A Redis that refuses a command for its arguments is there, and has missed nothing else.
    const refused = reply.kind === 'failed' && isRefusedCommand(reply.error);
    if (reply.kind !== 'answered' && !refused) this.trust.distrust('a command failed');
    return reply;
  }
}
