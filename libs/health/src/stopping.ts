/** Whether the service was told to stop: it still answers, but nobody should be sent here any more. */
export class Stopping {
  private begun = false;

  get hasBegun(): boolean {
    return this.begun;
  }

  begin(): void {
    this.begun = true;
  }
}
