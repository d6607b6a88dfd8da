/** Values by the names of OpenTelemetry's conventions. */
export type Attributes = Readonly<Record<string, string | number | boolean | string[]>>;

/** Identifies a span in links. */
export interface SpanIdentity {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** What libs do with a span: a part of the interface of OpenTelemetry, whose packages are not loaded here. */
export interface Span {
  spanContext(): SpanIdentity;
  setAttribute(name: string, value: Attributes[string]): this;
  setAttributes(attributes: Attributes): this;
  setStatus(status: { code: number }): this;
  updateName(name: string): this;
  addLink(link: { context: SpanIdentity }): this;
  end(): void;
}

/** How a span is described when it begins. */
export interface SpanStart {
  /** Of low cardinality: no keys, ids or values. */
  readonly name: string;
  /** `client` for a call to another server. Default: `internal`. */
  readonly kind?: 'internal' | 'client';
  readonly attributes?: Attributes;
}

/** A description, or what makes one: called only if there is a span. */
export type Described = SpanStart | (() => SpanStart);

/** What makes spans once tracing is on; see open-telemetry.ts. */
export interface SpanMaker {
  /** The span that is active here; undefined if there is none, or it has ended. */
  active(): Span | undefined;
  /** @param parent undefined for a trace of its own, which may be sampled out */
  begin(start: SpanStart, parent: Span | undefined): Span;
  /** Runs work in which the span is active; undefined for none. */
  within<T>(span: Span | undefined, work: () => T): T;
}

/** One for the process, as its context is one. Null while tracing is off. */
let maker: SpanMaker | null = null;

/** @param next null turns tracing off */
export function useSpanMaker(next: SpanMaker | null): void {
  maker = next;
}

/**
 * Runs work in a span of its own, a child of the active one. Without tracing, or outside of a sampled trace, it only runs the
 * work.
 *
 * @param work given the span, if there is one
 * @throws what `work` throws; the span then carries the error's type
 */
export function spanned<T>(described: Described, work: (span?: Span) => Promise<T>): Promise<T> {
  if (maker === null) return work();
  const parent = maker.active();
  return parent === undefined ? work() : inSpan(maker, described, parent, work);
}

/** The same for work that no request causes: it begins a trace, which is sampled as one. */
export function rootSpanned<T>(described: Described, work: (span?: Span) => Promise<T>): Promise<T> {
  return maker === null ? work() : inSpan(maker, described, undefined, work);
}

async function inSpan<T>(
  making: SpanMaker,
  described: Described,
  parent: Span | undefined,
  work: (span?: Span) => Promise<T>,
): Promise<T> {
  const span = making.begin(typeof described === 'function' ? described() : described, parent);
  try {
    return await making.within(span, () => work(span));
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
}

/** SpanStatusCode.ERROR of the API, which is not loaded here. */
const ERROR_STATUS = 2;

/** Marks a span as failed by its error's code or class: a message may hold values. */
export function markFailed(span: Span | undefined, error: unknown): void {
  if (span === undefined) return;
  span.setAttribute('error.type', typeOf(error));
  span.setStatus({ code: ERROR_STATUS });
}

function typeOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Renames the active span, if there is one, and adds to it. @returns the id of its trace */
export function annotate(name: string, attributes: Attributes): string | undefined {
  return maker?.active()?.updateName(name).setAttributes(attributes).spanContext().traceId;
}

/** A callback that runs where it was handed over, whatever calls it. */
export function carried<A extends unknown[]>(callback: (...args: A) => void): (...args: A) => void {
  const making = maker;
  if (making === null) return callback;
  const span = making.active();
  return (...args) => making.within(span, () => callback(...args));
}

/**
 * Spans of work that several callers share, by the keys that it is for. The span is a child of the first caller's; those of the
 * others link to it, since a span has one parent.
 */
export class SharedSpans<K> {
  private readonly waiting = new Map<K, Span[]>();
  private readonly running = new Map<K, Span>();

  /** The active span waits for the work on a key, which is under way or will be run. */
  join(key: K): void {
    const span = maker?.active();
    if (span === undefined) return;
    const running = this.running.get(key);
    if (running !== undefined) return void span.addLink({ context: running.spanContext() });
    const others = this.waiting.get(key);
    if (others === undefined) this.waiting.set(key, [span]);
    else others.push(span);
  }

  /** @throws what `work` throws */
  run<T>(keys: readonly K[], start: SpanStart, work: () => Promise<T>): Promise<T> {
    if (maker === null) return work();
    const [first, ...others] = keys.flatMap((key) => this.take(key));
    if (first === undefined) return maker.within(undefined, work);
    return inSpan(maker, start, first, async (span) => {
      for (const key of keys) if (span !== undefined) this.running.set(key, span);
      for (const other of others) if (span !== undefined) other.addLink({ context: span.spanContext() });
      try {
        return await work();
      } finally {
        for (const key of keys) if (this.running.get(key) === span) this.running.delete(key);
      }
    });
  }

  private take(key: K): Span[] {
    const spans = this.waiting.get(key) ?? [];
    this.waiting.delete(key);
    return spans;
  }
}
