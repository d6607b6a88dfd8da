import { ProblemError } from '#libs/errors';
import {
  FleetMetrics,
  MetricsPage,
  type ServiceSnapshot,
  SharedRendering,
  type Snapshot,
  type WorkerCounts,
  workerSnapshot,
} from '#libs/metrics';
import { type ParentLink, Questions, type ToParent, type WorkerSlot } from '#libs/workers';

/** A worker's own metrics; the parent asks for them, and a worker that ends leaves them behind. */
export const OWN_METRICS = 'own-metrics';

/** The text of the metrics page of all workers; a worker asks the parent for it. */
const FLEET_METRICS = 'fleet-metrics';

/** The values of that page, and those of each worker. */
const FLEET_SNAPSHOT = 'fleet-snapshot';

/** Longer than the parent waits for a worker, shorter than a scrape may take. */
const PARENT_TIMEOUT_MS = 2_000;

/**
 * The metrics of all workers, from the parent. Without its answer there is no page: one worker's own counters in the
 * place of the sum would look like a reset, and the next sum like a burst.
 */
export class FleetMetricsPage extends MetricsPage {
  constructor(private readonly parent: ParentLink) {
    super();
  }

  async text(): Promise<string> {
    return String(await this.ask(FLEET_METRICS));
  }

  async snapshot(): Promise<ServiceSnapshot> {
    return (await this.ask(FLEET_SNAPSHOT)) as ServiceSnapshot;
  }

  private async ask(topic: string): Promise<unknown> {
    const reply = await this.parent.ask(topic, PARENT_TIMEOUT_MS);
    if (reply.kind === 'answered') return reply.value;
    throw new ProblemError('METRICS_UNAVAILABLE', {
      detail: 'The metrics of all workers cannot be collected right now.',
      retryAfterSeconds: 1,
    });
  }
}

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
