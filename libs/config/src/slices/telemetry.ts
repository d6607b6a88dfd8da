import { z } from 'zod';
import { durationMs, share } from '../values.js';
import { slice, variable } from '../variables.js';
import { NODE_ENV } from './server.js';

const logVariables = {
  NODE_ENV,
  LOG_LEVEL: variable({
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']),
    rule: 'one of fatal, error, warn, info, debug, trace, silent',
    fallback: 'info',
    about: 'Minimum severity of logged lines.',
  }),
  LOG_SAMPLE_RATE: variable({
    schema: share().or(z.literal('')),
    rule: 'a number from 0 to 1, or empty',
    fallback: '',
    about:
      'Fraction of requests that are logged. Errors (status 500 and above) and slow requests are always logged. Refusals (503) get one line when they begin, then sums. Empty: `0.01` in production, `1` in test; in development all up to 100 a second, and `0.01` of those beyond.',
  }),
  LOG_SLOW_MS: variable({
    schema: durationMs(0, 3_600_000),
    rule: 'a duration from 0ms to 1h',
    fallback: '500ms',
    about: 'Duration from which a request counts as slow.',
  }),
};

/** Settings of the log. */
export abstract class LogConfig {
  abstract readonly level: string;
  /** The share of requests that get a line, whatever comes of them. */
  abstract readonly sampleRate: number;
  /** The first of each second get a line each, up to so many, before that share applies. */
  abstract readonly allUpTo: number;
  /** Requests that take this long get one always. */
  abstract readonly slowMs: number;
  /** Whether a terminal gets lines for people; everything else gets JSON. */
  abstract readonly readable: boolean;
}

const SAMPLE_RATE = 0.01;
/** More lines a second have no reader, in development either, and a load test there would measure the log. */
const READABLE_PER_SECOND = 100;

export const logSlice = slice(LogConfig, logVariables, (values) => {
  const given = values.LOG_SAMPLE_RATE;
  const fallback = values.NODE_ENV === 'test' ? 1 : SAMPLE_RATE;
  return {
    level: values.LOG_LEVEL,
    sampleRate: given === '' ? fallback : given,
    allUpTo: given === '' && values.NODE_ENV === 'development' ? READABLE_PER_SECOND : 0,
    slowMs: values.LOG_SLOW_MS,
    readable: values.NODE_ENV === 'development',
  };
});

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

/** A base address to which `v1/traces` is appended. Credentials belong into the headers, which are not printed. */
function collectorUrl() {
  return z.string().refine((text) => {
    if (text === '') return true;
    const url = URL.canParse(text) ? new URL(text) : undefined;
    return (
      url !== undefined &&
      ['http:', 'https:'].includes(url.protocol) &&
      url.username === '' &&
      url.password === '' &&
      url.search === '' &&
      url.hash === ''
    );
  });
}

type Pairs = Readonly<Record<string, string>>;

/** `name=value` with commas between, values percent-encoded (W3C Baggage), or none. */
function pairs(name: RegExp) {
  return z.string().transform((text, context): Pairs => {
    const found: Record<string, string> = {};
    for (const entry of text.trim() === '' ? [] : text.split(',')) {
      const at = entry.indexOf('=');
      const [key, value] = [entry.slice(0, at).trim(), decoded(entry.slice(at + 1).trim())];
      if (at < 1 || !name.test(key) || value === null) {
        context.issues.push({ code: 'custom', message: 'not such pairs', input: text });
        return z.NEVER;
      }
      found[key] = value;
    }
    return found;
  });
}

function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    // What no header may hold.
    return /^[\t\x20-\x7e\x80-\uffff]*$/.test(value) ? value : null;
  } catch {
    return null;
  }
}

const tracingVariables = {
  OTEL_EXPORTER_OTLP_ENDPOINT: variable({
    schema: collectorUrl(),
    rule: 'a URL http://host:port or https://host:port without credentials, or empty',
    fallback: '',
    about:
      'OpenTelemetry collector that receives traces by OTLP over HTTP, at `/v1/traces` below this address. Empty: no traces, and nothing of OpenTelemetry is loaded.',
  }),
  OTEL_EXPORTER_OTLP_PROTOCOL: variable({
    schema: z.enum(['http/protobuf', 'http/json']),
    rule: 'one of http/protobuf, http/json',
    fallback: 'http/protobuf',
    about: 'Encoding of the traces. gRPC is not supported: use the HTTP port of the collector, usually 4318.',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: variable({
    schema: pairs(/^[\w!#$%&'*+.^`|~-]+$/),
    rule: 'entries name=value separated by commas, values percent-encoded, or empty',
    fallback: '',
    about: 'Headers of each export, such as the key of a hosted collector.',
    secret: true,
  }),
  OTEL_SERVICE_NAME: variable({
    schema: z.string().regex(/^[\x21-\x7e]{1,128}$/),
    rule: '1 to 128 visible ASCII characters',
    fallback: 'hotshelf',
    about: 'Name of the service in its traces (`service.name`).',
  }),
  OTEL_RESOURCE_ATTRIBUTES: variable({
    schema: pairs(/^[\w.-]{1,128}$/),
    rule: 'entries name=value separated by commas, values percent-encoded, or empty',
    fallback: '',
    about:
      'Further attributes of the service in its traces, such as `deployment.environment.name=production`.',
  }),
  OTEL_TRACES_SAMPLER: variable({
    schema: z.enum(SAMPLERS),
    rule: `one of ${SAMPLERS.join(', ')}`,
    fallback: 'parentbased_always_on',
    about:
      'Which requests are traced. The `parentbased_` ones follow the decision of the caller in `traceparent`; the rest of the name applies to requests without one.',
  }),
  OTEL_TRACES_SAMPLER_ARG: variable({
    schema: share().or(z.literal('').transform(() => 1)),
    rule: 'a number from 0 to 1, or empty',
    fallback: '',
    about: 'Fraction of requests that the `traceidratio` samplers trace. Empty: 1.',
  }),
  OTEL_SDK_DISABLED: variable({
    schema: z.enum(['true', 'false', '']).transform((text) => text === 'true'),
    rule: 'true, false, or empty',
    fallback: 'false',
    about: 'Turns traces off whatever the other settings say.',
  }),
};

/** Where traces go, and which requests are traced. */
export abstract class TracingConfig {
  /** The address that spans are sent to; null if tracing is off. */
  abstract readonly url: string | null;
  abstract readonly encoding: 'protobuf' | 'json';
  /** Secret. */
  abstract readonly headers: Pairs;
  abstract readonly serviceName: string;
  abstract readonly resource: Pairs;
  /** Whether the caller's decision counts. */
  abstract readonly followsParent: boolean;
  /** The share of the requests without a caller's decision that are traced. */
  abstract readonly ratio: number;
}

export const tracingSlice = slice(TracingConfig, tracingVariables, (values): TracingConfig => {
  const endpoint = values.OTEL_SDK_DISABLED ? '' : values.OTEL_EXPORTER_OTLP_ENDPOINT;
  const root = values.OTEL_TRACES_SAMPLER.replace('parentbased_', '');
  return {
    url: endpoint === '' ? null : `${endpoint.replace(/\/$/, '')}/v1/traces`,
    encoding: values.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json' ? 'json' : 'protobuf',
    headers: values.OTEL_EXPORTER_OTLP_HEADERS,
    serviceName: values.OTEL_SERVICE_NAME,
    resource: values.OTEL_RESOURCE_ATTRIBUTES,
    followsParent: root !== values.OTEL_TRACES_SAMPLER,
    ratio: root === 'always_on' ? 1 : root === 'always_off' ? 0 : values.OTEL_TRACES_SAMPLER_ARG,
  };
});
