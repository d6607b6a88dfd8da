import { Cluster, type Redis } from 'ioredis';
import {
  type DependencyPolicy,
  isTimeout,
  type Outcome,
  ProcessLogger,
  RecoveryProbe,
  refusalOf,
} from '#libs/resilience';
import { markFailed, type Span, spanned } from '#libs/tracing';
import { type CommandClient, causeOf, type RedisClient, slowDownIfRefused } from './client-options.js';
import { RedisEvents } from './events.js';
import { masterTags } from './masters.js';
import { Admission } from './rights.js';
import { CallableScript, type Script, type ScriptArg } from './script-command.js';

/** A connection that answers no question for so long is dead. */
const SILENCE_LIMIT_MS = 500;

/**
 * Replaces connections whose peer vanished: such a peer sends no FIN, the connection looks alive until the operating
 * system gives it up, which takes a quarter of an hour, and every command over it times out.
 */
class SilentConnections {
  private looking = false;

  /** A command timed out: checks whether this is the reason. */
  suspect(client: RedisClient): void {
    if (this.looking) return;
    this.looking = true;
    const nodes = client instanceof Cluster ? client.nodes('all') : [client];
    void Promise.all(nodes.map((node) => this.look(node))).finally(() => {
      this.looking = false;
    });
  }

  private async look(node: Redis): Promise<void> {
    const untilMs = performance.now() + SILENCE_LIMIT_MS;
    while (node.status === 'ready') {
      const answered = await node.ping().then(
        () => true,
        (error: unknown) => !isTimeout(error),
      );
      if (answered) return;
      // guard(silent-redis-is-reconnected): false
      if (performance.now() >= untilMs) node.disconnect(true);
    }
  }
}

type ScriptCommands = Readonly<Record<string, ((...args: ScriptArg[]) => Promise<unknown>) | undefined>>;

/** The service's way to Redis: configured or not, connected or not, every call has an outcome and none throws. */
export class RedisLink {
  private readonly logger = new ProcessLogger('Redis');
  private readonly client: RedisClient | null;
  private readonly recovery: RecoveryProbe;
  private readonly silent = new SilentConnections();
  private readonly scripts = new Map<string, CallableScript>();
  private readonly admission: Admission | undefined;
  private stopping = false;

  constructor(
    commands: Pick<CommandClient, 'client'>,
    private readonly policy: DependencyPolicy,
    private readonly events: RedisEvents = new RedisEvents(),
  ) {
    this.client = commands.client;
    this.recovery = new RecoveryProbe(policy, () => this.probe());
    if (this.client !== null)
      this.admission = new Admission(this.client, this.logger, () => this.policy.recovered());
  }

  get state(): 'absent' | 'connected' | 'disconnected' | 'refused' {
    if (this.client === null) return 'absent';
    if (this.refusal !== null) return 'refused';
    return this.client.status === 'ready' ? 'connected' : 'disconnected';
  }

  /** Why Redis refuses the service, which does not use it meanwhile; null if it does not. */
  get refusal(): string | null {
    return this.admission?.refusal ?? null;
  }

  get isCluster(): boolean {
    return this.client instanceof Cluster;
  }

  /** Makes Lua scripts commands. To be called before any is sent: a script that the driver's pipeline does not know breaks it. */
  defineScripts(scripts: readonly Script[]): void {
    for (const { name, numberOfKeys, lua } of scripts) {
      if (numberOfKeys === 'any') this.scripts.set(name, new CallableScript(lua));
      else this.client?.defineCommand(name, { numberOfKeys, lua });
    }
  }

  /** Starts connecting, without waiting: a service whose Redis is away still starts. */
  onModuleInit(): void {
    const client = this.client;
    if (client === null) return;
    slowDownIfRefused(client);
    client.on('ready', () => {
      // The end of an outage, or of a refusal, is logged as that.
      if (this.policy.state === 'closed' && this.refusal === null) this.logger.log('connected');
      // guard(rights-are-tried-at-connect): drop
      void this.admission?.check();
    });
    client.on('close', () => this.lost(null));
    client.on('error', (error: Error) => {
      const cause = causeOf(error);
      if (this.admission?.failed(cause) !== true && client.status !== 'ready') this.lost(cause);
    });
    client.connect().catch((error: Error) => this.lost(error));
  }

  /** Before the module that owns the connection closes it. */
  beforeApplicationShutdown(): void {
    this.stopping = true;
  }

  onApplicationShutdown(): void {
    this.recovery.stop();
    this.admission?.stop();
  }

  /**
   * Runs a command under the policy for Redis, or skips it if it could not be answered now. Never throws.
   *
   * @param name of the command in traces; default: `command`
   */
  run<T>(command: (client: RedisClient) => Promise<T>, name = 'command'): Promise<Outcome<T>> {
    const describe = () =>
      ({
        name: `redis ${name}`,
        kind: 'client',
        attributes: { 'db.system.name': 'redis', 'db.operation.name': name },
      }) as const;
    return spanned(describe, (span) =>
      span === undefined ? this.attempt(command) : this.noted(span, command),
    );
  }

  private async noted<T>(span: Span, command: (client: RedisClient) => Promise<T>): Promise<Outcome<T>> {
    const outcome = await this.attempt(command);
    if (outcome.kind === 'failed') markFailed(span, outcome.error);
    if (outcome.kind === 'skipped') span.setAttribute('hotshelf.skipped', outcome.why);
    return outcome;
  }

  /**
   * Runs a script that was defined; its text is sent once per connection, and its digest from then on.
   *
   * @returns Buffers if Lua sent strings
   */
  runScript<Reply>(
    script: Script,
    keys: readonly string[],
    args: readonly ScriptArg[],
  ): Promise<Outcome<Reply>> {
    return this.run((client) => {
      const ofManyKeys = this.scripts.get(script.name);
      if (ofManyKeys !== undefined) return ofManyKeys.call(client, keys, args) as Promise<Reply>;
      const { [`${script.name}Buffer`]: command } = client as unknown as ScriptCommands;
      if (command === undefined) throw new Error(`the script ${script.name} was not defined`);
      return command.call(client, ...keys, ...args) as Promise<Reply>;
    }, script.name);
  }

  private async attempt<T>(command: (client: RedisClient) => Promise<T>): Promise<Outcome<T>> {
    const client = this.client;
    if (client === null) return { kind: 'skipped', why: 'absent' };
    if (this.refusal !== null) return { kind: 'skipped', why: 'refused' };
    if (client.status !== 'ready') return { kind: 'skipped', why: 'disconnected' };
    const startedAtMs = performance.now();
    const outcome = await this.policy.run(() => withoutTimer(client, command));
    if (outcome.kind === 'skipped') return outcome;
    const seconds = (performance.now() - startedAtMs) / 1_000;
    for (const listener of this.events.onCommand) listener(outcome.kind, seconds);
    if (outcome.kind === 'answered') return outcome;
    if (isTimeout(outcome.error)) this.silent.suspect(client);
    if (refusalOf(outcome.error) === undefined) return outcome;
    // This command was refused: for its arguments, or as any would be.
    await this.admission?.check();
    return this.refusal === null ? outcome : { kind: 'skipped', why: 'refused' };
  }

  /** Whether commands are skipped: without a connection or a right, or because they failed lately. */
  get isAway(): boolean {
    return this.state === 'disconnected' || this.state === 'refused' || this.policy.state !== 'closed';
  }

  /** Tags that put a key on each master in turn; one empty text without a cluster, none without Redis. */
  masterTags(): readonly string[] {
    return this.client === null ? [] : masterTags(this.client);
  }

  /** Resolves once the connection is up and its rights were checked, or when it has not come up in time. */
  async connectedWithin(ms: number): Promise<void> {
    const { client } = this;
    if (client === null) return;
    if (client.status !== 'ready') {
      const over = Promise.withResolvers<void>();
      // Not `events.once`: that ends at the first error, and the next attempt may succeed.
      client.once('ready', over.resolve);
      const timer = setTimeout(over.resolve, ms);
      await over.promise;
      clearTimeout(timer);
      client.off('ready', over.resolve);
    }
    await this.admission?.settled();
  }

  /** Asks Redis for a sign of life past the breaker, and closes the breaker when it answers. */
  async probe(): Promise<void> {
    if (this.client?.status !== 'ready') throw new Error('not connected');
    await this.client.ping().catch((error: unknown) => {
      // A refusal is a sign of life.
      if (refusalOf(error) === undefined) throw error;
    });
    this.policy.recovered();
  }

  /** A refusal has its own reconnects, and is not reported at each of them. */
  private lost(cause: Error | null): void {
    if (!this.stopping && this.refusal === null) this.policy.lost(cause);
  }
}

/**
 * The policy gives a command its time. The driver would start a timer of its own for each, and take the command apart to
 * remove it. Commands outside the policy keep the driver's timer.
 */
function withoutTimer<T>(client: RedisClient, command: (client: RedisClient) => Promise<T>): Promise<T> {
  if (client instanceof Cluster) return command(client);
  const options: { commandTimeout?: number | undefined } = client.options;
  const { commandTimeout } = options;
  options.commandTimeout = undefined;
  try {
    return command(client);
  } finally {
    options.commandTimeout = commandTimeout;
  }
}
