import { createHash } from 'node:crypto';
import { Command } from 'ioredis';
import type { RedisClient } from './client-options.js';

export type ScriptArg = string | number | Buffer;

/** A Lua script: one round trip, one slot, nothing in between. */
export interface Script {
  readonly name: string;
  /** `any`: given with each call, for a script of many keys. It is sent alone, not in the driver's pipeline. */
  readonly numberOfKeys: number | 'any';
  readonly lua: string;
}

/** What the driver calls of a command of its own; its types hide a part. */
interface DriverCommand {
  name: string;
  args: ScriptArg[];
  promise: Promise<unknown>;
  resolve: (reply: unknown) => void;
  reject: (error: Error) => void;
  initPromise(): void;
  stringifyArguments(): void;
  toWritable(connection: object): string | Buffer;
}

const BaseCommand = Command as unknown as new (name: string, args: readonly ScriptArg[]) => DriverCommand;

/**
 * One call of a script.
 *
 * The driver's own commands outlive every collection of young objects. It assigns two function literals to each, and V8 allocates a
 * literal that is assigned to a property among the old objects: it takes it for a method (`CheckAssigningFunctionLiteralToProperty`
 * in V8's parser). What such a function reaches stays until the whole heap is collected: the command, its arguments and its reply.
 * Of this command nothing is reached from there.
 */
class ScriptCommand extends BaseCommand {
  private readonly script: CallableScript;

  constructor(script: CallableScript, args: ScriptArg[]) {
    super('evalsha', []);
    this.script = script;
    this.args = args;
    this.stringifyArguments();
  }

  /** The constructor of the driver's command calls it. */
  override initPromise(): void {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.promise = promise;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** The text goes once over each connection, and its digest from then on. */
  override toWritable(connection: object): string | Buffer {
    if (!this.script.isKnownTo(connection)) {
      this.name = 'eval';
      this.args[0] = this.script.lua;
    }
    return super.toWritable(connection);
  }
}

const isForgotten = (error: unknown) => error instanceof Error && error.message.startsWith('NOSCRIPT');

/** A script of any number of keys. */
export class CallableScript {
  private readonly digest: string;
  private connections = new WeakSet<object>();

  constructor(readonly lua: string) {
    this.digest = createHash('sha1').update(lua).digest('hex');
  }

  /**
   * @param keys without the namespace, which the driver puts before those of its own commands
   * @returns Buffers if Lua sent strings
   * @throws ReplyError if Redis refuses it; the driver's errors if the connection is lost
   */
  async call(client: RedisClient, keys: readonly string[], args: readonly ScriptArg[]): Promise<unknown> {
    const { keyPrefix = '' } = client.options;
    const send = () => client.sendCommand(this.command(keyPrefix, keys, args)) as Promise<unknown>;
    try {
      return await send();
    } catch (error) {
      if (!isForgotten(error)) throw error;
      // Redis was restarted behind a proxy, or its scripts were flushed.
      this.connections = new WeakSet();
      return await send();
    }
  }

  /** Whether the text went over it before; from now on it did. */
  isKnownTo(connection: object): boolean {
    const isKnown = this.connections.has(connection);
    this.connections.add(connection);
    return isKnown;
  }

  private command(prefix: string, keys: readonly string[], args: readonly ScriptArg[]): Command {
    const whole: ScriptArg[] = [this.digest, keys.length];
    for (const key of keys) whole.push(prefix + key);
    for (const arg of args) whole.push(arg);
    return new ScriptCommand(this, whole) as unknown as Command;
  }
}
