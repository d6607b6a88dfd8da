/** Why a span was not exported: too many wait, or the collector did not take it. */
export type SpanDropReason = 'queue-full' | 'export-failed';

/** Events of the export of spans; metrics listen. */
export class TraceEvents {
  private readonly exportListeners: ((spans: number) => void)[] = [];
  private readonly dropListeners: ((spans: number, reason: SpanDropReason) => void)[] = [];

  onExported(listener: (spans: number) => void): void {
    this.exportListeners.push(listener);
  }

  /** The collector took spans. */
  exported(spans: number): void {
    for (const listener of this.exportListeners) listener(spans);
  }

  onDropped(listener: (spans: number, reason: SpanDropReason) => void): void {
    this.dropListeners.push(listener);
  }

  /** Spans were lost. */
  dropped(spans: number, reason: SpanDropReason): void {
    for (const listener of this.dropListeners) listener(spans, reason);
  }
}
