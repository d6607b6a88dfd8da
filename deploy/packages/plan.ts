/** The packages that are built from libs/, lowest first: a lib belongs to the lowest package that needs it. */
export interface PackagePlan {
  readonly name: string;
  readonly description: string;
  /** Its libs; null for all that no other package has. */
  readonly libs: readonly string[] | null;
  /** Packages that an application has one instance of, of its own choice. Other imported packages are dependencies. */
  readonly peers: readonly string[];
  /** Peers that the package's public entry point does not load. */
  readonly optionalPeers: readonly string[];
  /** Imported by nothing, and needed by a dependency. */
  readonly needs: readonly string[];
}

export const SCOPE = '@hotshelf';

/** Loaded by libs/tracing, once a collector is configured. */
const OPEN_TELEMETRY = [
  '@opentelemetry/api',
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace',
];

export const PLANS: readonly PackagePlan[] = [
  {
    name: 'cache',
    description: 'Two cache tiers, memory and Redis, with one load per key in the whole fleet',
    libs: ['config', 'errors', 'resilience', 'tracing', 'redis', 'cache'],
    peers: [],
    // The Nest modules of its libs, for the packages above, and traces.
    optionalPeers: ['@nestjs/common', ...OPEN_TELEMETRY],
    needs: [],
  },
  {
    name: 'coherence',
    description:
      'Keeps caches coherent with every writer of a Postgres table: triggers, outbox, relay, trust',
    libs: ['internals', 'db', 'coherence'],
    peers: ['@nestjs/common', 'pg', 'typeorm'],
    optionalPeers: [],
    needs: [],
  },
  {
    name: 'nestjs',
    description:
      'Coherent cached routes for NestJS: module, decorators, fast path, health, metrics, service shell',
    libs: null,
    peers: [
      '@nestjs/common',
      '@nestjs/core',
      '@nestjs/platform-fastify',
      'pg',
      'reflect-metadata',
      'rxjs',
      'typeorm',
    ],
    optionalPeers: ['@nestjs/platform-express'],
    needs: ['@nestjs/platform-fastify', ...OPEN_TELEMETRY],
  },
];

/** The index in `PLANS` of the package that a lib belongs to. */
export function packageOf(lib: string): number {
  const found = PLANS.findIndex(({ libs }) => libs?.includes(lib));
  return found === -1 ? PLANS.findIndex(({ libs }) => libs === null) : found;
}
