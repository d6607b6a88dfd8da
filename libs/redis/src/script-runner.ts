import type { Outcome } from '#libs/resilience';
import type { RedisLink, Script } from './redis-link.js';

type Argument = string | number | Buffer;
type ScriptCommand = (...args: Argument[]) => Promise<unknown>;

/**
 * Runs Lua scripts over a connection. The driver sends a script's text once per connection and its digest from then on,
 * and sends the text again to a server that lost it.
 */
export class ScriptRunner {
  /**
   * @param scripts all that will be run. They are defined now, before the first command: a pipeline of the driver
   *   knows only those that were defined when it was begun, and one script that it does not know breaks it for all.
   */
  constructor(
    private readonly redis: RedisLink,
    scripts: readonly Script[],
  ) {
    for (const script of scripts) redis.defineScript(script);
  }

  /** Replies are Buffers if Lua sent strings. */
  run<Reply>(script: Script, keys: readonly string[], args: readonly Argument[]): Promise<Outcome<Reply>> {
    return this.redis.run((client) => {
      const commands = client as unknown as Record<string, ScriptCommand | undefined>;
      const command = commands[`${script.name}Buffer`];
      if (command === undefined) throw new Error(`the script ${script.name} was not defined`);
      const counted = script.numberOfKeys === 'any' ? [keys.length] : [];
      return command.call(client, ...counted, ...keys, ...args) as Promise<Reply>;
    }, script.name);
  }
}
