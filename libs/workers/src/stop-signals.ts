import { constants } from 'node:os';

/** npm and a terminal may both send the same Ctrl-C. What comes so soon after the first is its echo. */
const ECHO_MS = 100;

/**
 * The signals that end a process. Handled explicitly and from the first moment on: as process 1 of a container it would
 * otherwise ignore them, and be killed later for not having listened. Until somebody takes over they end it at once.
 */
export class StopSignals {
  private askedAtMs: number | undefined;
  private ask: (() => void) | undefined;
  private insist: () => void = () => undefined;

  constructor() {
    this.listenTo('SIGTERM');
    this.listenTo('SIGINT');
  }

  /** Takes another signal for one to stop. */
  listenTo(signal: NodeJS.Signals): void {
    process.on(signal, () => this.take(signal));
  }

  /**
   * @param ask called at the first signal
   * @param insist called at a second one, before the process ends at once with 128 and the signal's number
   */
  handle(ask: () => void, insist: () => void = () => undefined): void {
    this.ask = ask;
    this.insist = insist;
  }

  private take(signal: NodeJS.Signals): void {
    if (this.ask === undefined) process.exit(0);
    if (this.askedAtMs === undefined) {
      this.askedAtMs = performance.now();
      this.ask();
    } else if (performance.now() - this.askedAtMs > ECHO_MS) {
      this.insist();
      process.exit(128 + constants.signals[signal]);
    }
  }
}
