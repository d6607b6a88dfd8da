import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endOrphan } from './end-orphan.js';
import type { FromGuard, ServiceExit, ServiceSpec, ToGuard } from './protocol.js';

export type { ServiceExit, ServiceSpec } from './protocol.js';

/** A service that runs under the guard. */
export interface GuardedProcess {
  readonly name: string;
  readonly pid: number;
  /** Settles when it has ended, for whatever reason; never rejects. */
  readonly exited: Promise<ServiceExit>;
  /** Ends it: its stop signal, then SIGKILL after its `stopTimeoutMs`. Resolves when it is gone. */
  stop(): Promise<void>;
}

/** The starter's hold on the process that guards its services. */
export interface Guard {
  /** @throws where the program can't be started (not found, not executable), or the guard is gone */
  run(spec: ServiceSpec): Promise<GuardedProcess>;
  /** Ends all services, the last one started first, then the guard. */
  stop(): Promise<void>;
}

/** What the starter knows of a service: enough to answer its waiters, and to end it should the guard be lost. */
interface Entry {
  readonly spec: ServiceSpec;
  pid: number | undefined;
  readonly started: PromiseWithResolvers<number>;
  readonly exited: PromiseWithResolvers<ServiceExit>;
}

const GUARD_ENTRY = fileURLToPath(new URL('./guard-process.js', import.meta.url));

/**
 * Starts the guard: one process in a session of its own that is the parent of all services and ends them when this
 * process is gone, however it went. Were the guard itself killed, this process ends them instead.
 */
export async function startGuard(): Promise<Guard> {
  const child = spawn(process.execPath, [GUARD_ENTRY], {
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  await once(child, 'spawn');
  return new GuardLink(child);
}

class GuardLink implements Guard {
  private readonly entries = new Map<number, Entry>();
  private readonly gone: Promise<void>;
  private lastId = 0;
  private stopping: Promise<void> | undefined;

  constructor(private readonly child: ChildProcess) {
    child.on('message', (message) => this.hear(message as FromGuard));
    // Both, since an exit may be noticed before the last messages were read.
    this.gone = Promise.all([once(child, 'exit'), once(child, 'disconnect')]).then(() =>
      this.endLeftBehind(),
    );
  }

  async run(spec: ServiceSpec): Promise<GuardedProcess> {
    if (this.stopping !== undefined) throw new Error(`${spec.name} can't start: everything is being stopped`);
    this.lastId += 1;
    const id = this.lastId;
    const entry: Entry = {
      spec,
      pid: undefined,
      started: Promise.withResolvers(),
      exited: Promise.withResolvers(),
    };
    this.entries.set(id, entry);
    this.tell({ kind: 'run', id, spec });
    const pid = await entry.started.promise;
    const exited = entry.exited.promise;
    const stop = async () => {
      this.tell({ kind: 'stop', id });
      await exited;
    };
    return { name: spec.name, pid, exited, stop };
  }

  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    this.tell({ kind: 'stop-all' });
    await this.gone;
  }

  private hear(message: FromGuard): void {
    const entry = this.entries.get(message.id);
    if (entry === undefined) return;
    switch (message.kind) {
      case 'started':
        entry.pid = message.pid;
        entry.started.resolve(message.pid);
        break;
      case 'failed':
        this.entries.delete(message.id);
        entry.started.reject(new Error(`${entry.spec.name} could not be started: ${message.reason}`));
        break;
      case 'exited':
        this.entries.delete(message.id);
        entry.exited.resolve({ code: message.code, signal: message.signal });
        break;
    }
  }

  private tell(message: ToGuard): void {
    // The callback takes the error of a channel that just closed: `gone` answers those who wait.
    if (this.child.connected) this.child.send(message, () => undefined);
    else this.rejectStarting();
  }

  /** The guard was killed: its services are orphans now, and only this process knows them. */
  private async endLeftBehind(): Promise<void> {
    this.rejectStarting();
    for (const [id, entry] of [...this.entries].reverse()) {
      if (entry.pid !== undefined) await endOrphan(entry.pid, entry.spec);
      this.entries.delete(id);
      entry.exited.resolve({ code: null, signal: null });
    }
  }

  private rejectStarting(): void {
    for (const [id, { spec, pid, started }] of this.entries) {
      if (pid !== undefined) continue;
      this.entries.delete(id);
      started.reject(new Error(`${spec.name} could not be started: the process that guards it is gone`));
    }
  }
}
