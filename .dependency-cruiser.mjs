/**
 * The arrows of the house. A lib may import the front doors of the libs listed for it and no others; whoever
 * adds an arrow adds its reason here and in docs/decisions.md.
 */
const ARROWS = {
  config: { to: [], because: 'everything reads its settings, so it may depend on nothing' },
  internals: {
    to: [],
    because: 'what leans on undocumented names of others has one place, below everything',
  },
  errors: { to: [], because: 'everything throws from the catalogue, so it may depend on nothing' },
  resilience: { to: ['config', 'errors'], because: 'a policy knows no client that it protects' },
  auth: {
    to: ['config', 'errors', 'open-api'],
    because:
      'who may write depends on the keys alone, not on what is written; it describes how a key is sent',
  },
  tracing: {
    to: ['config', 'resilience'],
    because:
      'a span needs no knowledge of what it measures; a collector that is away is logged as any other trouble',
  },
  logging: { to: ['config'], because: 'a log line needs a level and nothing else' },
  db: {
    to: ['config', 'resilience', 'errors', 'internals', 'tracing'],
    because: 'the source of truth knows no cache',
  },
  redis: {
    to: ['config', 'resilience', 'tracing'],
    because: 'a connection does not know what is stored over it',
  },
  cache: {
    to: ['redis', 'resilience', 'config', 'errors', 'tracing'],
    because: 'the engine knows no origin, no HTTP and no table: a loader is passed to each read',
  },
  'cache-http': {
    to: ['cache', 'http', 'internals', 'config', 'errors', 'tracing'],
    because:
      'it answers HTTP requests from the engine; what it answers ahead of the router is reported like every other answer',
  },
  coherence: {
    to: ['db', 'redis', 'cache', 'config', 'resilience', 'tracing'],
    because:
      'it is the one bridge from the outbox to the tiers; what it logs depends on whether one of its ends is away',
  },
  'open-api': { to: ['errors'], because: 'it describes what routes share, and knows no route' },
  http: { to: ['config', 'errors', 'internals', 'logging'], because: 'the edge knows no feature behind it' },
  writes: {
    to: ['cache', 'cache-http', 'coherence', 'config', 'db', 'errors', 'http', 'open-api'],
    because:
      'a write is a transaction, an invalidation and an answer: features that are written share all three',
  },
  entities: {
    to: ['cache', 'cache-http', 'coherence', 'config', 'db', 'errors', 'http', 'internals', 'resilience'],
    because: 'an entity is a table, its name in the cache, its routes and its writes, declared once',
  },
  service: {
    to: [
      'entities',
      'auth',
      'cache',
      'cache-http',
      'coherence',
      'config',
      'db',
      'health',
      'http',
      'logging',
      'metrics',
      'redis',
      'resilience',
      'tracing',
      'workers',
    ],
    because: 'it is the shell that every service over cached tables has: its modules, its edge and its end',
  },
  workers: { to: ['internals'], because: 'a parent keeps processes, whatever program they run' },
  health: {
    to: ['redis', 'db', 'cache', 'coherence', 'resilience', 'open-api'],
    because: 'it asks whoever can be unwell, and describes its own routes',
  },
  metrics: {
    to: ['config', 'open-api'],
    because:
      'it listens to events, names the build that it measures and describes its page; to import more would let a core depend on being measured',
  },
};

const others = (allowed) =>
  Object.keys(ARROWS)
    .filter((lib) => !allowed.includes(lib))
    .join('|');

const libRules = Object.entries(ARROWS).map(([lib, { to, because }]) => ({
  name: `arrows-of-${lib}`,
  comment: `libs/${lib} may import ${to.length > 0 ? to.join(', ') : 'no other lib'}: ${because}.`,
  severity: 'error',
  from: { path: `^libs/${lib}/` },
  to: {
    path: `^libs/(?:${others([...to, lib])})/`,
    // Metrics reaches the others by their events alone.
    ...(lib === 'metrics' && { pathNot: '^libs/[^/]+/src/events\\.ts$' }),
  },
}));

export default {
  forbidden: [
    ...libRules,
    {
      name: 'no-circular',
      comment: 'A cycle has no bottom to start reading from, and its parts can never be taken one by one.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'front-door-only',
      comment: 'Outsiders enter a lib by index.ts or events.ts, so that its inside can be rebuilt freely.',
      severity: 'error',
      from: { path: '^(?:apps|libs/([^/]+))/' },
      to: { path: '^libs/([^/]+)/', pathNot: ['^libs/$1/', '^libs/[^/]+/src/(?:index|events|nest)\\.ts$'] },
    },
    {
      name: 'no-own-front-door',
      comment:
        'Inside a lib, files import each other directly: an index between them is a cycle in the making.',
      severity: 'error',
      from: { path: '^libs/([^/]+)/' },
      to: { path: '^libs/$1/src/index\\.ts$' },
    },
    {
      name: 'features-apart',
      comment: 'Feature folders never import one another; what two of them share belongs in a lib.',
      severity: 'error',
      from: { path: '^apps/api/src/([^/]+)/' },
      to: { path: '^apps/api/src/[^/]+/', pathNot: '^apps/api/src/$1/' },
    },
    {
      name: 'baseline-alone',
      comment:
        'A control that shares code with what it is compared to is no control: it would get better with it.',
      severity: 'error',
      from: { path: '^apps/baseline/' },
      to: { path: '^(?:apps/(?!baseline/)|libs|test|k6)' },
    },
    {
      name: 'baseline-unreachable',
      comment: 'The design that collapsed is a process to be measured, and no part of anything.',
      severity: 'error',
      from: { pathNot: '^apps/baseline/' },
      to: { path: '^apps/baseline/' },
    },
    {
      name: 'create-alone',
      comment:
        'The generator is a package of its own: what it imported would be installed by npx before each run. The reading of a command line is small.',
      severity: 'error',
      from: { path: '^apps/create/' },
      to: { path: '^(?:apps/(?!create/|local/src/command-line\\.ts$)|libs|test|k6)' },
    },
    {
      name: 'libs-know-no-app',
      comment: 'A lib is taken for a service of its own; it can not bring this one along.',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(?:apps|test|k6)/' },
    },
    {
      name: 'nothing-imports-tests',
      comment: 'What only a test needs does not run in production.',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      name: 'k6-speaks-http-only',
      comment: 'A load scenario that imports the code it measures can not notice that the contract changed.',
      severity: 'error',
      from: { path: '^k6/' },
      to: { path: '^(?:apps|libs|test)/' },
    },
    {
      name: 'production-needs-no-development-package',
      comment: 'The image holds production packages alone.',
      severity: 'error',
      from: { path: '^(?:apps/api|libs)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], pathNot: '@types/' },
    },
    {
      name: 'swagger-when-asked-for',
      comment:
        'A process that serves no document holds none of its 600 modules; libs/open-api has its decorators.',
      severity: 'error',
      from: { path: '^(?:apps/api|libs)/' },
      to: { path: 'node_modules/@nestjs/swagger/', dependencyTypesNot: ['type-only', 'dynamic-import'] },
    },
    {
      name: 'resolvable',
      comment: 'An import that leads nowhere hides from every other rule.',
      severity: 'error',
      from: { pathNot: '^k6/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['hotshelf-source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
