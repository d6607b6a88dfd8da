/** Why a span was not exported: too many wait, or the collector did not take it. */
export type SpanDropReason = 'queue-full' | 'export-failed';

/** Events of the export of spans; metrics listen. */
export class TraceEvents {
  private readonly exportListeners: ((spans: number) => void)[] = [];
  private readonly answerListeners: ((
    endpoint: string,
    method: string,
    seconds: number,
    traceId: string,
  ) => void)[] = [];
  private readonly dropListeners: ((spans: number, reason: SpanDropReason) => void)[] = [];

  onExported(listener: (spans: number) => void): void {
    this.exportListeners.push(listener);
  }

  /** The collector took spans. */
  exported(spans: number): void {
    for (const listener of this.exportListeners) listener(spans);
  }

  onAnswered(listener: (endpoint: string, method: string, seconds: number, traceId: string) => void): void {
    this.answerListeners.push(listener);
  }

  /**
   * A request that is traced was answered.
   *
   * @param endpoint the template of its route
   * @param seconds from its arrival to the end of its answer
   */
  answered(endpoint: string, method: string, seconds: number, traceId: string): void {
    for (const listener of this.answerListeners) listener(endpoint, method, seconds, traceId);
  }

  onDropped(listener: (spans: number, reason: SpanDropReason) => void): void {
    this.dropListeners.push(listener);
  }

  /** Spans were lost. */
  dropped(spans: number, reason: SpanDropReason): void {
    for (const listener of this.dropListeners) listener(spans, reason);
  }
}
