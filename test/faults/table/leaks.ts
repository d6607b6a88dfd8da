import assert from 'node:assert/strict';
import type { Api } from '../../support/api.ts';
import type { LiveTimers } from '../../support/live-timers/live-timers.ts';
import { descriptorsOf, type OpenSocket, socketsOf } from '../../support/open-sockets.ts';
import { until } from '../../support/until.ts';

/** Enough for short-lived ones (a probe, the relay's read of the outbox) to be gone, and for a new value of the pool's gauge. */
const LOOKED_FOR_MS = 1_500;
/**
 * Connections that a fault broke may take their own timeouts to be given up. Less than the time after which the pool closes
 * one that is idle: for a moment its gauge would then account for one too many.
 */
const GONE_WITHIN_MS = 8_000;

/** The sum of refusals that is to come, one for each code of them, stays for minutes: no more than there are codes. */
const REFUSAL_CODES = 5;

/** Beside the pool: the relay's session, and that of what watches the outbox. */
const OWN_SESSIONS = 2;

type Counts = ReadonlyMap<string, number>;

/** The ports of what the process is connected to, by name; what stands between is meant. */
export type Peers = Readonly<Record<'postgres' | 'redis', number>>;

/** What a process holds: sockets and other descriptors, and timers. */
interface Holdings {
  readonly open: Counts;
  readonly timers: Counts;
}

/** Compares what a process holds after a fault with what it held before the first one, so that small leaks add up. */
export class Leaks {
  private readonly api: Api;
  private readonly account: LiveTimers;
  private readonly peers: Peers;
  private before: Holdings = { open: new Map(), timers: new Map() };

  private constructor(api: Api, account: LiveTimers, peers: Peers) {
    this.api = api;
    this.account = account;
    this.peers = peers;
  }

  /** @param api healthy, warm, and started with the settings of `account` */
  static async watch(api: Api, account: LiveTimers, peers: Peers): Promise<Leaks> {
    const leaks = new Leaks(api, account, peers);
    await until('it leads', async () => (await api.metric('outbox_relay_leading')) === 1);
    const endsAtMs = performance.now() + LOOKED_FOR_MS;
    let { open, timers } = await leaks.look();
    while (performance.now() < endsAtMs) {
      const now = await leaks.look();
      open = combined(open, now.open, Math.min);
      // What is set again as soon as it is over may be missed at any look, before as after.
      timers = combined(timers, now.timers, Math.max);
    }
    leaks.before = { open, timers };
    return leaks;
  }

  /** Fails where the process goes on holding more of anything. What is there for a moment only is no leak. */
  async assertNone(): Promise<void> {
    let least = await this.look();
    const more = () => [...beyond(this.before.open, least.open), ...beyond(this.before.timers, least.timers)];
    const isBack = async () => {
      const now = await this.look();
      least = {
        open: combined(least.open, now.open, Math.min),
        timers: combined(least.timers, now.timers, Math.min),
      };
      return more().length === 0;
    };
    await until('nothing more is held', isBack, GONE_WITHIN_MS).catch(() => undefined);
    assert.deepEqual(more(), [], 'it goes on holding more');
  }

  /** But for what the pool may hold, and what the test's own client has open. */
  private async look(): Promise<Holdings> {
    const { pid } = this.api;
    const pooled = await this.api.metric('database_pool_connections{state="total"}');
    const timers = await this.account.countsOf(pid);
    const sockets = countBy(socketsOf(pid), (socket) => this.nameOf(socket));
    const others = countBy(descriptorsOf(pid), (target) => target.replace(/^(socket|pipe):.*/, '$1'));
    others.delete('socket');
    take(sockets, /^postgres, established$/, pooled + OWN_SESSIONS);
    take(timers, /\bpg-pool\b/, pooled);
    // The clock of the `date` header, which every request here restarts.
    take(timers, /^cache \(node:internal\/http/, 1);
    take(timers, /\bRefusalSummary\b/, REFUSAL_CODES);
    take(timers, /\bsetStreamTimeout\b/, sockets.get('client, established') ?? 0);
    sockets.delete('client, established');
    return { open: new Map([...sockets, ...others]), timers };
  }

  private nameOf({ state, localPort, peerPort }: OpenSocket): string {
    const isServer = localPort === Number(new URL(this.api.url).port);
    const peer = Object.entries(this.peers).find(([, port]) => port === peerPort)?.[0];
    return `${isServer ? 'client' : (peer ?? 'unknown')}, ${state}`;
  }
}

/** Of what was there at both looks, or at either. */
function combined(one: Counts, other: Counts, choose: (...counts: number[]) => number): Counts {
  const all = new Set([...one.keys(), ...other.keys()]);
  return new Map([...all].map((what) => [what, choose(one.get(what) ?? 0, other.get(what) ?? 0)]));
}

const beyond = (before: Counts, now: Counts): string[] =>
  [...now]
    .filter(([what, count]) => count > (before.get(what) ?? 0))
    .map(([what, count]) => `${what}: ${count}, before the first fault ${before.get(what) ?? 0}`);

function countBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(nameOf(item), (counts.get(nameOf(item)) ?? 0) + 1);
  return counts;
}

/** Takes off what is accounted for otherwise. */
function take(counts: Map<string, number>, name: RegExp, accounted: number): void {
  for (const [what, count] of counts) if (name.test(what)) counts.set(what, Math.max(0, count - accounted));
}
