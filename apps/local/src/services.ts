import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { USAGE_ERROR } from './command-line.ts';
import { signalProcess } from './processes.ts';
import { complain, messageOf } from './terminal.ts';

const MAX_TRIES = 5;

/** A program to run for the life of this process. */
export interface ServiceSpec {
  /** Its name in messages. */
  readonly name: string;
  /** A path, or a name to be found on the PATH. */
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Its whole environment; default: this process's own. */
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** The file of its output, which every start truncates; default: this process's own stdout and stderr. */
  readonly log?: string;
  /** Default: SIGTERM. */
  readonly stopSignal?: 'SIGTERM' | 'SIGINT';
  /** How long after the signal it is killed. */
  readonly stopTimeoutMs: number;
}

/** A server that is reached by a port. */
export interface ServerSpec extends ServiceSpec {
  readonly cwd: string;
  readonly log: string;
  /** Asks whether it is ready. */
  readonly isReady: (pid: number) => Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** The last lines of its log after temporary troubles, such as a port that another server took first. */
  readonly worthAnotherTry: RegExp;
}

/** How a service ended. */
export interface ServiceExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface Service {
  readonly pid: number;
  /** Settles when it has ended; never rejects. */
  readonly exited: Promise<ServiceExit>;
  /** Settles only if it has ended without being stopped. */
  readonly endedByItself: Promise<ServiceExit>;
  /** Ends it: its stop signal, then SIGKILL after its `stopTimeoutMs`. Resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Ends a service when this process is gone without having done it, as after `kill -9`: the kernel then closes the pipe
 * that it reads. It is a shell in a session of its own, so that neither a signal to the terminal's group nor a
 * `killall -9 node` reaches it.
 */
const WATCHER = `PATH=$PATH:/usr/bin:/bin
read -r line
kill -s "$2" "$1"
while kill -0 "$1" && [ $((waited += 1)) -le 100 ]; do sleep 0.1; done
kill -s KILL -- "-$1"`;

/** The programs of one run, ended with this process however it ends. */
export class Services {
  private readonly running = new Set<Service>();
  private stopping: Promise<void> | undefined;

  get areStopping(): boolean {
    return this.stopping !== undefined;
  }

  /**
   * Starts a program in a process group of its own, so that its own children end with it.
   *
   * @throws Error if the operating system refuses to start it, or its log cannot be written
   */
  async start(spec: ServiceSpec): Promise<Service> {
    const { name, stopSignal = 'SIGTERM', stopTimeoutMs } = spec;
    if (this.areStopping) throw new Error(`${name} cannot start: everything is being stopped`);
    const child = await spawnDetached(spec).catch((error: unknown) => {
      throw new Error(`${name} could not be started: ${messageOf(error)}`, { cause: error });
    });
    const pid = child.pid as number;
    const watcher = spawn('/bin/sh', ['-c', WATCHER, 'sh', String(pid), stopSignal.slice('SIG'.length)], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    watcher.unref();
    let isStopping = false;
    const exited = once(child, 'exit').then(([code, signal]): ServiceExit => ({ code, signal }));
    const stop = async () => {
      isStopping = true;
      signalProcess(pid, stopSignal);
      const timer = setTimeout(() => signalProcess(-pid, 'SIGKILL'), stopTimeoutMs);
      await exited;
      clearTimeout(timer);
    };
    const endedByItself = exited.then((exit) =>
      isStopping || this.areStopping ? Promise.withResolvers<never>().promise : exit,
    );
    const service = { pid, exited, endedByItself, stop };
    this.running.add(service);
    void exited.then(() => {
      watcher.kill('SIGKILL');
      // A service that crashed may have left children.
      signalProcess(-pid, 'SIGKILL');
      this.running.delete(service);
    });
    if (this.areStopping) await stop();
    return service;
  }

  /**
   * Starts a server on a free port of 127.0.0.1 and waits until it is ready.
   *
   * @param specOf the server on a port
   * @throws Error if it does not start; the message has the last lines of its log
   */
  async startServer(specOf: (port: number) => ServerSpec): Promise<Service & { readonly port: number }> {
    for (let tries = 1; ; tries += 1) {
      const port = await freePort();
      const spec = specOf(port);
      const service = await this.start(spec);
      if (await becameReady(service, () => spec.isReady(service.pid), spec.readyTimeoutMs))
        return { ...service, port };
      await service.stop();
      const lines = (await readFile(spec.log, 'utf8')).trimEnd().split(/\n+/);
      const tail = lines
        .slice(-12)
        .map((line) => `\n  ${line}`)
        .join('');
      if (tries === MAX_TRIES || !spec.worthAnotherTry.test(tail))
        throw new Error(`${spec.name} did not start in ${spec.cwd}:${tail}`);
      await sleep(tries * 100);
    }
  }

  /** Ends all services, the last one started first. */
  stop(): Promise<void> {
    this.stopping ??= (async () => {
      for (const service of [...this.running].reverse()) await service.stop();
    })();
    return this.stopping;
  }
}

/**
 * Does a command's work with services of its own, and takes them down when it is done, fails, or is interrupted. Later
 * signals change nothing: npm passes on one that the terminal has sent to this process too.
 *
 * @param onInterrupt says so, and returns the exit code
 * @returns the exit code
 */
export async function withServices(
  work: (services: Services) => Promise<number>,
  onInterrupt = rolledBack,
): Promise<number> {
  const services = new Services();
  const interruption = Promise.withResolvers<void>();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interruption.resolve);
  const code = await Promise.race([interruption.promise.then(onInterrupt), work(services)]).catch(refuse);
  await services.stop();
  return code;
}

function rolledBack(): number {
  complain('Interrupted; the work under way was rolled back.');
  return 130;
}

function refuse(error: unknown): number {
  complain(messageOf(error));
  return error instanceof Error && error.name === 'ConfigError' ? USAGE_ERROR : 1;
}

async function spawnDetached(spec: ServiceSpec): Promise<ChildProcess> {
  const output = spec.log === undefined ? 'inherit' : openSync(spec.log, 'w', 0o600);
  try {
    // Its folder, environment and user are as spawn takes them.
    const child = spawn(spec.command, spec.args, {
      ...spec,
      stdio: ['ignore', output, output],
      detached: true,
    });
    // Rejects on 'error'.
    await once(child, 'spawn');
    return child;
  } finally {
    if (output !== 'inherit') closeSync(output);
  }
}

/**
 * Polls a service that was just started.
 *
 * @returns false if it has ended instead, or was not ready in time
 */
export async function becameReady(
  { exited }: Service,
  isReady: () => Promise<boolean>,
  timeoutMs: number,
): Promise<boolean> {
  let hasEnded = false;
  void exited.then(() => {
    hasEnded = true;
  });
  const giveUpAt = performance.now() + timeoutMs;
  while (!hasEnded && performance.now() < giveUpAt) {
    if (await isReady()) return true;
    await sleep(10);
  }
  return false;
}

/** How a program ended, for people: `exit code 1`, `SIGKILL`. */
export function describeExit({ code, signal }: ServiceExit): string {
  return code !== null ? `exit code ${code}` : (signal ?? 'unknown');
}

/**
 * A TCP port of 127.0.0.1 that is free at this moment. Nothing reserves it: a caller must be ready to ask for another
 * one.
 */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
