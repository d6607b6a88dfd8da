/** One run of a piece of work per key at a time; whoever asks meanwhile shares its outcome, also a failure. */
export class SingleFlight<K, T> {
  private readonly flights = new Map<K, Promise<T>>();

  get size(): number {
    return this.flights.size;
  }

  /**
   * @param onShared told when the caller joins a flight that another one began
   */
  run(key: K, work: () => Promise<T>, onShared?: () => void): Promise<T> {
    const flying = this.flights.get(key);
    if (flying !== undefined) {
      onShared?.();
      return flying;
    }
    const flight = work().finally(() => {
      if (this.flights.get(key) === flight) this.flights.delete(key);
    });
    this.flights.set(key, flight);
    return flight;
  }

  /** Nobody joins the flight under way any more; who is on it stays. */
  close(key: K): void {
    this.flights.delete(key);
  }

  closeAll(): void {
    this.flights.clear();
  }
}
