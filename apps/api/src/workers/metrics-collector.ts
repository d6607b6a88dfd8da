import { FleetMetrics, type Snapshot } from '#libs/metrics';
import { Questions, type ToParent, type WorkerSlot } from '#libs/workers';
import { FLEET_METRICS, OWN_METRICS } from './fleet-topics.js';

/** A worker that has not answered by then is counted as it was last seen. */
const WORKER_TIMEOUT_MS = 1_000;

/** Collects, in the parent, the metrics of all workers for whichever of them was scraped. */
export class MetricsCollector {
  private readonly fleet = new FleetMetrics();
  private readonly questions = new Questions();

  /** @param slots the workers that there are now */
  constructor(private readonly slots: () => readonly WorkerSlot[]) {}

  heard(slot: WorkerSlot, message: ToParent): void {
    if (message.kind === 'answer') this.questions.take(message);
    else if (message.kind === 'question' && message.topic === FLEET_METRICS)
      void this.reply(slot, message.id);
    else if (message.kind === 'told' && message.topic === OWN_METRICS) this.seen(slot, message.value);
  }

  /** @param pid of the worker that has ended */
  gone(pid: number): void {
    this.fleet.gone(pid);
  }

  private async reply(slot: WorkerSlot, id: number): Promise<void> {
    const asker = slot.worker;
    const answered = await Promise.all(this.slots().map((each) => this.askOne(each)));
    const pids = new Set(answered.filter((pid) => pid !== undefined));
    asker?.tell({ kind: 'answer', id, value: await this.fleet.page(pids) });
  }

  /** @returns the worker's pid where it has answered */
  private async askOne(slot: WorkerSlot): Promise<number | undefined> {
    const { worker } = slot;
    if (worker === undefined || slot.kind === 'starting') return undefined;
    const reply = await this.questions.ask(
      OWN_METRICS,
      (question) => worker.tell(question),
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
