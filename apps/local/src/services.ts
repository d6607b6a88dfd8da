import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from './processes.ts';
import { complain, messageOf } from './terminal.ts';

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
  /** This process's own stdout and stderr, or a file that every start truncates. */
  readonly output: 'inherit' | { file: string };
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** How long after `stopSignal` it is killed. */
  readonly stopTimeoutMs: number;
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
  /** Ends it: its stop signal, then SIGKILL after its `stopTimeoutMs`. Resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Ends the services when this process is gone without having done it, as after `kill -9`: the kernel then closes the
 * pipe. It is a shell in a session of its own, so that neither a signal to the terminal's group nor a
 * `killall -9 node` reaches it. Each line replaces the list of services, as `pid:SIGNAL`, newest first.
 */
const WATCHER = `PATH=$PATH:/usr/bin:/bin services=$1
while read -r line; do services=$line; done
for each in $services; do kill -s "\${each#*:}" "\${each%:*}"; done
for each in $services; do
  while kill -0 "\${each%:*}" && [ $((waited += 1)) -le 100 ]; do sleep 0.1; done
  kill -s KILL -- "-\${each%:*}"
done`;

interface Running extends Service {
  readonly spec: ServiceSpec;
}

/** The servers of one run, ended with this process however it ends. */
export class Services {
  private readonly running = new Set<Running>();
  private watcher: ChildProcess | undefined;
  private stopping: Promise<void> | undefined;

  get areStopping(): boolean {
    return this.stopping !== undefined;
  }

  /**
   * Starts a program in a process group of its own, so that its own children end with it.
   *
   * @throws Error if the operating system refuses to start it, or its output file cannot be written
   */
  async start(spec: ServiceSpec): Promise<Service> {
    if (this.areStopping) throw new Error(`${spec.name} cannot start: everything is being stopped`);
    this.watch();
    const child = await spawnDetached(spec).catch((error: unknown) => {
      throw new Error(`${spec.name} could not be started: ${messageOf(error)}`, { cause: error });
    });
    const pid = child.pid as number;
    const exited = new Promise<ServiceExit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }));
    });
    const service: Running = { spec, pid, exited, stop: () => stopChild(spec, pid, exited) };
    this.running.add(service);
    this.updateWatcher();
    void exited.then(() => {
      // A service that crashed may have left children.
      signalProcess(-pid, 'SIGKILL');
      this.running.delete(service);
      this.updateWatcher();
    });
    if (this.areStopping) await service.stop();
    return service;
  }

  /** Ends all services, the last one started first. */
  stop(): Promise<void> {
    this.stopping ??= (async () => {
      for (const service of [...this.running].reverse()) await service.stop();
      this.watcher?.stdin?.end();
    })();
    return this.stopping;
  }

  private watch(): void {
    if (this.watcher !== undefined) return;
    const args = ['-c', WATCHER, 'sh', this.list()];
    this.watcher = spawn('/bin/sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    this.watcher.stdin?.on('error', () => undefined);
    this.watcher.once('exit', () => {
      this.watcher = undefined;
      if (!this.areStopping) this.watch();
    });
    this.watcher.unref();
  }

  private updateWatcher(): void {
    if (this.watcher?.stdin?.writable) this.watcher.stdin.write(`${this.list()}\n`);
  }

  private list(): string {
    const entries = [...this.running].map(({ pid, spec }) => `${pid}:${spec.stopSignal.slice('SIG'.length)}`);
    return entries.reverse().join(' ');
  }
}

async function spawnDetached({
  command,
  args,
  output,
  cwd,
  env,
  uid,
  gid,
}: ServiceSpec): Promise<ChildProcess> {
  const fd = output === 'inherit' ? undefined : openSync(output.file, 'w', 0o600);
  try {
    const child = spawn(command, args, {
      stdio: ['ignore', fd ?? 'inherit', fd ?? 'inherit'],
      detached: true,
      ...(cwd !== undefined && { cwd }),
      ...(env !== undefined && { env }),
      ...(uid !== undefined && { uid }),
      ...(gid !== undefined && { gid }),
    });
    // Rejects on 'error'.
    await once(child, 'spawn');
    return child;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

async function stopChild(spec: ServiceSpec, pid: number, exited: Promise<ServiceExit>): Promise<void> {
  signalProcess(pid, spec.stopSignal);
  const timer = setTimeout(() => signalProcess(-pid, 'SIGKILL'), spec.stopTimeoutMs);
  await exited;
  clearTimeout(timer);
}

/**
 * Polls a service that was just started.
 *
 * @param probe asks it, and returns undefined as long as it is not ready
 * @returns the first answer; undefined if it ended instead, or was not ready in time
 */
export async function untilReady<T>(
  { exited }: Service,
  probe: () => Promise<T | undefined>,
  timeoutMs: number,
): Promise<T | undefined> {
  let ended = false;
  void exited.then(() => {
    ended = true;
  });
  const giveUpAt = performance.now() + timeoutMs;
  while (!ended && performance.now() < giveUpAt) {
    const answer = await probe();
    if (answer !== undefined) return answer;
    await sleep(10);
  }
  return undefined;
}

/** The last lines of a log, indented, to stand under the message of an error; a file that is missing reads as empty. */
export async function logTail(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .trimEnd()
    .split(/\n+/)
    .slice(-12)
    .map((line) => `\n  ${line}`)
    .join('');
}

/** npm passes on a signal that the terminal has sent to this process too, so that one Ctrl-C arrives twice. */
const ECHO_MS = 500;

/** How a command ended: its exit code and a line that says why, if it was no success. */
export interface Ending {
  readonly code: number;
  readonly complaint?: string;
}

/**
 * Does a command's work with services of its own, and takes them down when it is done, fails, or is interrupted. A
 * second signal leaves that to the watcher, which kills processes that do not end in 10 s.
 *
 * @param onInterrupt how the command ends when it is interrupted
 * @returns the exit code
 */
export async function withServices(
  onInterrupt: () => Ending,
  work: (services: Services) => Promise<Ending>,
): Promise<number> {
  const services = new Services();
  const interrupted = Promise.withResolvers<Ending>();
  let interruptedAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    if (interruptedAt === undefined) {
      interruptedAt = performance.now();
      interrupted.resolve(onInterrupt());
    } else if (signal !== 'SIGHUP' && performance.now() - interruptedAt > ECHO_MS) {
      process.exit(130);
    }
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const failed = (error: unknown): Ending => ({ code: 1, complaint: messageOf(error) });
  const ending = await Promise.race([interrupted.promise, work(services).catch(failed)]);
  if (ending.complaint !== undefined) complain(ending.complaint);
  await services.stop();
  return ending.code;
}
