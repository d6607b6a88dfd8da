import { createHook } from 'node:async_hooks';

/**
 * Keeps account of every timer of this process that is set from now on and neither over nor cleared.
 * `process.getActiveResourcesInfo()` leaves out those that keep no process alive, and here that is nearly all of them.
 */
export class TimerAccount {
  private readonly setAt = new Map<number, Error>();
  private readonly hook = createHook({
    trackPromises: false,
    init: (id, type) => {
      // Its stack is put into words only when somebody asks: that costs far more than to keep it.
      if (type === 'Timeout') this.setAt.set(id, new Error());
    },
    destroy: (id) => {
      this.setAt.delete(id);
    },
  });

  open(): this {
    this.hook.enable();
    return this;
  }

  close(): void {
    this.hook.disable();
  }

  /** How many there are, by where in the code they were set. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { stack = '' } of this.setAt.values()) {
      const site = siteOf(stack);
      counts.set(site, (counts.get(site) ?? 0) + 1);
    }
    return counts;
  }
}

const MACHINERY = /timer-account|node:internal\/(?:async_hooks|timers)|node:timers/;

/** The innermost line outside of Node itself; where there is none, the part of Node that set it. */
function siteOf(stack: string): string {
  const lines = stack.split('\n').slice(1);
  const beyond = lines.map((line) => line.trim().replace(/^at /, '')).filter((line) => !MACHINERY.test(line));
  return beyond.find((line) => !line.includes('node:')) ?? beyond[0] ?? 'nowhere';
}
