import { Agent, request } from 'node:http';
import { until } from './until.ts';

/** `held`: some tier has it. `other`: it was not read before. */
export type KeyClass = 'held' | 'other';

export interface Answered {
  readonly keyClass: KeyClass;
  /** 0 where there was no answer at all. */
  readonly status: number;
  readonly retryAfter: boolean;
  /** `Cache-Status`, which names the tier that answered. */
  readonly cacheStatus: string;
  readonly askedAtMs: number;
  readonly tookMs: number;
}

export interface LoadOptions {
  readonly url: string;
  readonly heldPaths: readonly string[];
  /** A path that was never asked for, each time. */
  readonly otherPath: () => string;
  /** Default 250. */
  readonly ratePerSecond?: number;
}

const TICK_MS = 10;

/**
 * Asks at a steady rate whether answers come or not, as users do: a client that waits for one answer before it asks for the
 * next would spare a service that hangs. Every second request is for a held key.
 */
export class SteadyLoad {
  readonly answers: Answered[] = [];
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 4_000 });
  private readonly timer: NodeJS.Timeout;
  private readonly options: LoadOptions;
  private readonly startedAtMs = performance.now();
  private asked = 0;
  private underWay = 0;

  constructor(options: LoadOptions) {
    this.options = options;
    this.timer = setInterval(() => this.askWhatIsDue(), TICK_MS);
  }

  /** Resolves when everything that was asked has been answered. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await until('all that was asked is answered', () => this.underWay === 0);
    this.agent.destroy();
  }

  private askWhatIsDue(): void {
    const { ratePerSecond = 250 } = this.options;
    const due = ((performance.now() - this.startedAtMs) / 1_000) * ratePerSecond;
    while (this.asked < due) this.ask();
  }

  private ask(): void {
    const { url, heldPaths, otherPath } = this.options;
    const keyClass = this.asked % 2 === 0 ? 'held' : 'other';
    const path = keyClass === 'held' ? heldPaths[(this.asked / 2) % heldPaths.length] : otherPath();
    const askedAtMs = performance.now();
    this.asked += 1;
    this.underWay += 1;
    const done = (status: number, headers: NodeJS.Dict<string | string[]> = {}) => {
      this.underWay -= 1;
      this.answers.push({
        keyClass,
        status,
        retryAfter: headers['retry-after'] !== undefined,
        cacheStatus: String(headers['cache-status'] ?? ''),
        askedAtMs,
        tookMs: performance.now() - askedAtMs,
      });
    };
    request(`${url}${path}`, { agent: this.agent }, (response) => {
      response.resume().on('end', () => done(response.statusCode ?? 0, response.headers));
    })
      .on('error', () => done(0))
      .end();
  }
}
