import { ProblemError } from '#libs/errors';
import { MetricsPage, type ServiceSnapshot } from '#libs/metrics';
import type { ParentLink } from '#libs/workers';
import { FLEET_METRICS, FLEET_SNAPSHOT } from './fleet-topics.js';

/** Longer than the parent waits for a worker, shorter than a scrape may take. */
const TIMEOUT_MS = 2_000;

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
    const reply = await this.parent.ask(topic, TIMEOUT_MS);
    if (reply.kind === 'answered') return reply.value;
    throw new ProblemError('METRICS_UNAVAILABLE', {
      detail: 'The metrics of all workers cannot be collected right now.',
      retryAfterSeconds: 1,
    });
  }
}
