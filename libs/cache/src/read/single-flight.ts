import { ChurnMap } from '../tiers/fill-fence.js';

/** How one comes to share a run under way, or begins one. */
export interface Boarding<T, Begun> {
  /** The state of a run that begins now. */
  readonly begun: Begun;
  /** Whether this caller may share a run that began in that state. */
  readonly mayJoin: (begun: Begun) => boolean;
  readonly work: () => Promise<T>;
  /** Called if the caller shares a run that another one began. */
  readonly onShared?: () => void;
}

interface Flight<T, Begun> {
  readonly begun: Begun;
  readonly outcome: Promise<T>;
}

/** One run of a piece of work per key at a time; callers meanwhile share its outcome, also a failure. */
export class SingleFlight<K, T, Begun> {
  private readonly flights = new ChurnMap<K, Flight<T, Begun>>();

  get size(): number {
    return this.flights.size;
  }

  run(key: K, { begun, mayJoin, work, onShared }: Boarding<T, Begun>): Promise<T> {
    const flying = this.flights.get(key);
    // guard(one-flight-per-process): false
    if (flying !== undefined && mayJoin(flying.begun)) {
      onShared?.();
      return flying.outcome;
    }
    const outcome = work().finally(() => {
      if (this.flights.get(key)?.outcome === outcome) this.flights.delete(key);
    });
    this.flights.set(key, { begun, outcome });
    return outcome;
  }

  /** No caller joins the flight under way any more; those on it stay. */
  close(key: K): void {
    this.flights.delete(key);
  }

  closeAll(): void {
    this.flights.clear();
  }
}
