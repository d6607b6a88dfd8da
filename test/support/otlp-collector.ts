import { createServer, type IncomingHttpHeaders } from 'node:http';
import { listen } from './listen.ts';
import { until } from './until.ts';

/** A span as it was exported, its attributes by name. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first of a trace. */
  readonly parentSpanId: string;
  readonly traceState: string;
  readonly name: string;
  /** 1 internal, 2 server, 3 client. */
  readonly kind: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  /** 2 for an error. */
  readonly status: number;
  readonly resource: Readonly<Record<string, unknown>>;
}

/** A collector that receives OTLP over HTTP as JSON, on a port of its own. */
export interface OtlpCollector {
  readonly url: string;
  readonly requests: readonly {
    readonly url: string;
    readonly headers: IncomingHttpHeaders;
    readonly bytes: number;
  }[];
  spans(): readonly ReceivedSpan[];
  /** Waits for a span, and for everything that arrives with it. */
  find(what: string, is: (span: ReceivedSpan) => boolean): Promise<ReceivedSpan>;
  /** Those of a trace. */
  trace(traceId: string): readonly ReceivedSpan[];
  stop(): Promise<void>;
}

type Value = Readonly<Record<string, unknown>> & {
  readonly arrayValue?: { readonly values: readonly Value[] };
};

interface Attribute {
  readonly key: string;
  readonly value: Value;
}

interface RawSpan extends Omit<ReceivedSpan, 'attributes' | 'links' | 'status' | 'resource'> {
  readonly attributes?: readonly Attribute[];
  readonly links?: ReceivedSpan['links'];
  readonly status?: { readonly code?: number };
}

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

function plainOf(value: Value): unknown {
  if (value.arrayValue !== undefined) return value.arrayValue.values.map(plainOf);
  return Object.values(value)[0];
}

const valuesOf = (attributes: readonly Attribute[] = []) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, plainOf(value)]));

function spansIn(text: string): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(text) as Export;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map((span) => ({
        ...span,
        parentSpanId: span.parentSpanId ?? '',
        traceState: span.traceState ?? '',
        attributes: valuesOf(span.attributes),
        links: span.links ?? [],
        status: span.status?.code ?? 0,
        resource: valuesOf(resource.attributes),
      })),
    ),
  );
}

/** @param status of every answer; default: 200 */
export async function startOtlpCollector(status = 200): Promise<OtlpCollector> {
  const requests: { url: string; headers: IncomingHttpHeaders; bytes: number }[] = [];
  const spans: ReceivedSpan[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    requests.push({ url: request.url ?? '', headers: request.headers, bytes: body.length });
    if (status === 200 && request.headers['content-type'] === 'application/json')
      spans.push(...spansIn(body.toString()));
    response.writeHead(status, { 'content-type': 'application/json' }).end('{}');
  });
  const { url, stop } = await listen(server);
  return {
    url,
    requests,
    spans: () => spans,
    trace: (traceId) => spans.filter((span) => span.traceId === traceId),
    find: async (what, is) => {
      await until(`the collector has ${what}`, () => spans.some(is));
      return spans.find(is) as ReceivedSpan;
    },
    stop,
  };
}
