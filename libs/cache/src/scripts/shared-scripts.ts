import { type RedisLink, type Script, ScriptRunner } from '#libs/redis';
import type { Outcome } from '#libs/resilience';
import type { SharedTrust } from '../trust/shared-trust.js';

/** Runs the cache's scripts. A Redis that did not answer one of them may have missed what others told it meanwhile. */
export class SharedScripts {
  private readonly runner: ScriptRunner;

  /** @param scripts all that will be run */
  constructor(
    redis: RedisLink,
    private readonly trust: SharedTrust,
    scripts: readonly Script[],
  ) {
    this.runner = new ScriptRunner(redis, scripts);
  }

  async run<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<Outcome<Reply>> {
    const reply = await this.runner.run<Reply>(script, keys, args);
    if (reply.kind !== 'answered') this.trust.doubt('a command failed');
    return reply;
  }
}
