import { signalProcess } from '../guard/kill.js';
import type { Guard, GuardedProcess, ServiceExit, ServiceSpec } from '../guard/start-guard.js';

/** What this run has brought up itself, in the order in which it goes down: whoever uses a server goes before it. */
const DOWN = ['api', 'redis', 'postgres'] as const;
type Role = (typeof DOWN)[number];

/** How each is ended when somebody insists. A killed Postgres would leave its children running; SIGQUIT ends them too. */
const KILL_SIGNAL = { api: 'SIGKILL', redis: 'SIGKILL', postgres: 'SIGQUIT' } as const;

interface Part {
  readonly pid: number;
  stop(): Promise<void>;
}

/** The servers of one run, under its guard. */
export class Stack {
  private readonly parts = new Map<Role, Part>();
  private readonly exits = new Map<number, Promise<ServiceExit>>();
  private goingDown: Promise<void> | undefined;

  constructor(private readonly guard: Guard) {}

  /** Runs a program under the guard. */
  async run(spec: ServiceSpec): Promise<GuardedProcess> {
    const running = await this.guard.run(spec);
    this.exits.set(running.pid, running.exited);
    return running;
  }

  /** Ends what runs, each after those who use it. */
  stop(): Promise<void> {
    this.goingDown ??= this.stopAll();
    return this.goingDown;
  }

  /** Ends it now; what it was doing is lost. */
  kill(): void {
    for (const role of DOWN) {
      const part = this.parts.get(role);
      if (part !== undefined) signalProcess(part.pid, KILL_SIGNAL[role]);
    }
  }

  /**
   * Counts a program that `run` has started, or had its starter run, among the parts.
   *
   * @param onLost told when it ends while nobody asked it to
   */
  add(role: Role, part: Part, onLost: (exit: ServiceExit) => void): void {
    this.parts.set(role, part);
    void this.exits.get(part.pid)?.then((exit) => {
      this.parts.delete(role);
      if (this.goingDown === undefined) onLost(exit);
    });
  }

  private async stopAll(): Promise<void> {
    for (const role of DOWN) await this.parts.get(role)?.stop();
    await this.guard.stop();
  }
}
