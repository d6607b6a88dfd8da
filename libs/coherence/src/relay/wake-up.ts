/** A wait that ends early when something happens, also when it happened just before the wait began. */
export class WakeUp {
  private pending = false;
  private resolve: (() => void) | undefined;

  now(): void {
    this.pending = true;
    this.resolve?.();
  }

  async within(ms: number): Promise<void> {
    if (!this.pending) {
      await new Promise<void>((resolve) => {
        this.resolve = resolve;
        setTimeout(resolve, ms);
      });
    }
    this.pending = false;
    this.resolve = undefined;
  }
}
