import {
  FleetMetrics,
  SharedRendering,
  type Snapshot,
  type WorkerCounts,
  workerSnapshot,
} from '#libs/metrics';
import { Questions, type ToParent, type WorkerSlot } from '#libs/workers';
import { FLEET_METRICS, FLEET_SNAPSHOT, OWN_METRICS } from './fleet-topics.js';

/** A worker that has not answered by then is counted as it was last seen. */
const WORKER_TIMEOUT_MS = 1_000;

/** Collects, in the parent, the metrics of all workers for whichever of them was scraped. */
export class MetricsCollector {
  private readonly fleet = new FleetMetrics();
  private readonly questions = new Questions();
  /** Each worker asks as often as it may render: together they would keep the parent and one another busy. */
  private readonly replies = new Map<string, SharedRendering<unknown>>([
    [FLEET_METRICS, new SharedRendering(async () => this.fleet.page(await this.collect(), this.own()))],
    [FLEET_SNAPSHOT, new SharedRendering(async () => this.fleet.snapshot(await this.collect(), this.own()))],
  ]);

  /**
   * @param slots the workers that there are now
   * @param counts how many there are and should be
   */
  constructor(
    private readonly slots: () => readonly WorkerSlot[],
    private readonly counts: () => WorkerCounts,
  ) {}

  heard(slot: WorkerSlot, message: ToParent): void {
    if (message.kind === 'answer') this.questions.take(message);
    else if (message.kind === 'question') void this.reply(slot, message.id, message.topic);
    else if (message.kind === 'report' && message.topic === OWN_METRICS) this.seen(slot, message.value);
  }

  /** @param pid of the worker that has ended */
  gone(pid: number): void {
    this.fleet.gone(pid);
  }

  private async reply(slot: WorkerSlot, id: number, topic: string): Promise<void> {
    const asker = slot.worker;
    const reply = this.replies.get(topic);
    if (reply !== undefined) asker?.send({ kind: 'answer', id, value: await reply.get() });
  }

  /** @returns the pids of the workers that have answered */
  private async collect(): Promise<ReadonlySet<number>> {
    const answered = await Promise.all(this.slots().map((each) => this.askOne(each)));
    return new Set(answered.filter((pid) => pid !== undefined));
  }

  private own(): Snapshot {
    return workerSnapshot(this.counts());
  }

  /** @returns the worker's pid where it has answered */
  private async askOne(slot: WorkerSlot): Promise<number | undefined> {
    const { worker } = slot;
    if (worker === undefined || slot.kind === 'starting') return undefined;
    const reply = await this.questions.ask(
      OWN_METRICS,
      (question) => worker.send(question),
      WORKER_TIMEOUT_MS,
    );
    // One that died meanwhile is counted already.
    if (reply.kind === 'silent' || slot.worker !== worker) return undefined;
    this.fleet.seen(worker.pid, reply.value as Snapshot);
    return worker.pid;
  }

  private seen(slot: WorkerSlot, value: unknown): void {
    if (slot.worker !== undefined) this.fleet.seen(slot.worker.pid, value as Snapshot);
  }
}
