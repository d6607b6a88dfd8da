import { randomUUID } from 'node:crypto';
import {
  type Span as ApiSpan,
  type Context,
  context,
  createContextKey,
  createTraceState,
  ROOT_CONTEXT,
  SpanKind,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import type { TracingConfig } from '#libs/config';
import type { TraceEvents } from './events.js';
import { SpanQueue } from './span-queue.js';
import { type Attributes, type Span, type SpanMaker, type SpanStart, useSpanMaker } from './spans.js';

/*
 * The one file that loads OpenTelemetry. It is imported once tracing is known to be on.
 */

/** How long one export may take, with what is tried again, in milliseconds. */
const EXPORT_TIMEOUT_MS = 5_000;
/** Of an attribute; a longer one is cut. */
const MAX_VALUE_LENGTH = 1_024;

const KINDS = { internal: SpanKind.INTERNAL, client: SpanKind.CLIENT } as const;

/** What a caller says of the trace that its request is part of. */
export interface RemoteParent {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  /** As it came; empty for none. */
  readonly state: string;
}

/** In a context: it was decided already that the trace that begins there is sampled. */
const DECIDED = createContextKey('the trace is sampled');

/** The spans of this process, and the way to the collector. */
export class OpenTelemetry implements SpanMaker {
  private readonly tracer: Tracer;
  private readonly byTraceId: Sampler;

  private constructor(
    private readonly config: TracingConfig,
    private readonly provider: TracerProvider,
  ) {
    this.tracer = provider.getTracer('hotshelf');
    this.byTraceId = new TraceIdRatioBasedSampler(config.ratio);
    trace.setGlobalTracerProvider(provider);
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    useSpanMaker(this);
  }

  /**
   * Turns tracing on in this process.
   *
   * @param version of the running build; empty if it is not known
   */
  static async start(config: TracingConfig, version: string, events: TraceEvents): Promise<OpenTelemetry> {
    const queue = new SpanQueue(await exporterOf(config), events);
    const provider = new TracerProvider({
      resource: resourceFromAttributes({
        ...(version !== '' && { 'service.version': version }),
        ...config.resource,
        'service.name': config.serviceName,
        'service.instance.id': randomUUID(),
        'process.pid': process.pid,
      }),
      sampler: samplerOf(config),
      spanLimits: { attributeValueLengthLimit: MAX_VALUE_LENGTH },
      spanProcessors: [queue],
    });
    return new OpenTelemetry(config, provider);
  }

  /** Exports what is left, and turns tracing off. */
  async stop(): Promise<void> {
    useSpanMaker(null);
    trace.disable();
    context.disable();
    await this.provider.shutdown();
  }

  active(): ApiSpan | undefined {
    const span = trace.getSpan(context.active());
    return span?.isRecording() ? span : undefined;
  }

  begin({ name, kind = 'internal', attributes = {} }: SpanStart, parent: Span | undefined): Span {
    const parentContext =
      parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent as ApiSpan);
    return this.tracer.startSpan(name, { kind: KINDS[kind], attributes }, parentContext);
  }

  within<T>(span: Span | undefined, work: () => T): T {
    const current = context.active();
    if (span === undefined && current === ROOT_CONTEXT) return work();
    // Every span that libs have was made here.
    const next = span === undefined ? trace.deleteSpan(current) : trace.setSpan(current, span as ApiSpan);
    return context.with(next, work);
  }

  /**
   * Begins the span of a request.
   *
   * @param parent the caller's span; null for none
   * @returns null if the request is not sampled
   */
  beginServer(name: string, attributes: Attributes, parent: RemoteParent | null): Span | null {
    if (!this.samples(parent)) return null;
    return this.tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, decidedContext(parent));
  }

  /** Decided ahead of the SDK, which would make ids and objects for a request that is not sampled too. */
  private samples(parent: RemoteParent | null): boolean {
    if (parent === null) return Math.random() < this.config.ratio;
    if (this.config.followsParent) return parent.sampled;
    const { decision } = this.byTraceId.shouldSample(
      ROOT_CONTEXT,
      parent.traceId,
      '',
      SpanKind.SERVER,
      {},
      [],
    );
    return decision === SamplingDecision.RECORD_AND_SAMPLED;
  }
}

function decidedContext(parent: RemoteParent | null): Context {
  const decided = ROOT_CONTEXT.setValue(DECIDED, true);
  if (parent === null) return decided;
  const { traceId, spanId, sampled, state } = parent;
  return trace.setSpanContext(decided, {
    traceId,
    spanId,
    isRemote: true,
    traceFlags: sampled ? 1 : 0,
    ...(state !== '' && { traceState: createTraceState(state) }),
  });
}

function samplerOf({ ratio, followsParent }: TracingConfig): Sampler {
  const root = new TraceIdRatioBasedSampler(ratio);
  const inner = new ParentBasedSampler({
    root,
    ...(!followsParent && { remoteParentSampled: root, remoteParentNotSampled: root }),
  });
  return {
    shouldSample: (parent, ...rest) =>
      parent.getValue(DECIDED) === true
        ? { decision: SamplingDecision.RECORD_AND_SAMPLED, ...stateOf(parent) }
        : inner.shouldSample(parent, ...rest),
    toString: () => inner.toString(),
  };
}

/** The caller's state goes on with the trace. */
function stateOf(parent: Context) {
  const traceState = trace.getSpanContext(parent)?.traceState;
  return traceState === undefined ? {} : { traceState };
}

async function exporterOf({ url, encoding, headers }: TracingConfig): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    encoding === 'json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto');
  return new OTLPTraceExporter({
    ...(url !== null && { url }),
    headers: { ...headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
    concurrencyLimit: 1,
  });
}
