import type { CommandSpec } from '../../apps/local/src/command-line.ts';
import { BENCH } from '../bench/flags/bench-flags.ts';
import { SALE } from '../bench/flags/sale-flags.ts';
import { SELL_OUT } from '../bench/flags/sellout-flags.ts';

const HELP = '  --help        this text';

export const CHECK_COHERENCE = {
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    cluster: { type: 'boolean', default: false },
    replicas: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    feed: { type: 'boolean', default: false },
  },
  usage: `npm run check:coherence [-- flags]

Runs four processes under random writes, reads and faults and judges every answer. Exits with 1 on a violation, with 2 if the
run could not be made.

  --seconds N   length of the run, by default 60
  --seed N      repeats the random choices of an earlier run
  --cluster     over a Redis Cluster of three masters
  --replicas    over one of three masters with a replica each; also failover and migration of slots
  --only NAME   only faults whose name contains NAME
  --feed        follows the change feed too, by pages and by a stream, and judges it

With CHECK_SHIPPED_REDIS=1 in the environment the one server is that of docker/redis, as the service's user.
${HELP}`,
} as const;

export const CHECK_DRAIN = {
  options: { seconds: { type: 'string', default: '60' } },
  usage: `npm run check:drain [-- --seconds N]

Changes 100,000 rows while Redis is away and measures how long the outbox takes to drain once it is back.

  --seconds N   how long Redis stays away, by default 60
${HELP}`,
} as const;

export const CHECK_MEMORY = {
  options: { reads: { type: 'string', default: '1000000' } },
  usage: `npm run check:memory [-- --reads N]

Reads different products through one process and measures its memory. Exits with 1 above the bound.

  --reads N     number of products, by default 1000000
${HELP}`,
} as const;

export const CHECK_FAULTS = {
  options: { only: { type: 'string', default: '' } },
  usage: `npm run check:faults [-- --only NAME]

Breaks Redis, Postgres and workers of a real service under a light load, with a Prometheus that scrapes it. Checks for each fault which
alerts fire, that no others do, and that they end with the fault. Windows and patience of the rules are 60 times shorter.

  --only NAME   only faults whose name contains NAME
${HELP}`,
} as const;

export const CHECK_UPGRADE = {
  options: {
    from: { type: 'string', default: 'de8348a' },
    seconds: { type: 'string', default: '5' },
  },
  usage: `npm run check:upgrade [-- flags]

Runs an earlier release and this one side by side under reads and writes: migrates under the old one, takes over, and rolls back. Fails if a
request fails, a write is lost or refused, or a change by SQL is served late. Builds the earlier one in .hotshelf, which takes minutes
the first time; needs git and the registry.

  --from COMMIT  the earlier release, by default the last one before the layout of keys in Redis changed
  --seconds N    length of each of the six phases, by default 5
${HELP}`,
} as const;

export const SCREENSHOTS = {
  options: {},
  usage: `npm run screenshots

Starts the service, makes load and a short outage of Redis, and takes pictures of the console in light and dark into docs/images.
Takes two minutes, on a machine that does nothing else.

${HELP}`,
} as const;

export const RECORDING = {
  options: {},
  usage: `npm run recording

Runs npm start on an empty folder in a terminal (util-linux's script), asks it for a few things, and writes what its screen shows in the
first thirty seconds into docs/images: start.cast (asciicast 2), start.txt and start.svg. Port 3000 has to be free.

${HELP}`,
} as const;

export const SOAK = {
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
  usage: `npm run soak [-- flags]

Random faults with every answer judged; memory and descriptors of two processes that live through it must stay flat.

  --minutes N   length of the run: 1 to 1440, by default 10
  --seed N      repeats the random choices of an earlier run
${HELP}`,
} as const;

export const CHECK_REQUEST_COSTS = {
  options: { only: { type: 'string', default: '' }, 'fast-path': { type: 'string', default: 'on' } },
  usage: `npm run check:requests [-- flags]

Measures the CPU time of each kind of request that needs no key, against that of a hit. Exits with 1 if one costs more
than 10 hits.

  --only TEXT       only kinds whose name contains TEXT
  --fast-path off   without the path ahead of the router
${HELP}`,
} as const;

export const CHECK_FUZZ = {
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'skip-costs': { type: 'boolean', default: false },
  },
  usage: `npm run check:fuzz [-- flags]

Sends the same random bytes over raw sockets to two running services, HTTP_FAST_PATH on and off, and compares the answers
byte for byte. Exits with 1 on a difference, a 5xx, no answer within 5 s, a crash, or a request without a key that costs more
than 10 hits; with 2 if the run could not be made.

  --minutes N    length of the run: up to 1440, by default 20
  --seed N       repeats the random choices of an earlier run
  --skip-costs   does not measure the CPU time of requests
${HELP}`,
} as const;

const CHECK_LAG = {
  options: {},
  usage: `npm run check:lag

Measures the time from a commit until the last of four processes serves the change: of one row, and of 10,000.

${HELP}`,
} as const;

const MODEL = {
  options: {},
  usage: `npm run model

Measures what a change costs each process, Redis and Postgres, and computes from that what fleets of 4 to 1,000 processes spend on
100 to 100,000 changes a second, and what limits them: tables, and model.html with plots, in .hotshelf/model.

${HELP}`,
} as const;

const CHECK_COST = {
  options: {},
  usage: `npm run check:cost

Fails if a request has become dearer: CPU and bytes against bare Fastify, and statements a cold key.

${HELP}`,
} as const;

const CHECK_IMAGE = {
  options: {},
  usage: `npm run check:image

Builds docker/Dockerfile with buildah and runs the image read-only, as its own user, against Postgres and Redis. Needs root.

${HELP}`,
} as const;

const CHECK_PACKAGES = {
  options: {},
  usage: `npm run check:packages

Builds the packages of @hotshelf, lints them, compares the reports of their API, and installs them with npm in folders outside
the project: the engine alone, and a fresh application of Nest in two processes with Postgres and Redis.

${HELP}`,
} as const;

const TEST_ARM64 = {
  options: {},
  usage: `npm run test:arm64

Boots the built service on an arm64 Node, emulated if this machine is another one, and reads a product.

${HELP}`,
} as const;

/** What each script that is run by with-servers.ts takes, by its path. */
export const COMMANDS: Readonly<Record<string, CommandSpec<NonNullable<unknown>>>> = {
  'test/coherence/main.ts': CHECK_COHERENCE,
  'test/coherence/lag.ts': CHECK_LAG,
  'test/coherence/drain.ts': CHECK_DRAIN,
  'test/soak/memory.ts': CHECK_MEMORY,
  'test/alerts/faults.ts': CHECK_FAULTS,
  'test/upgrade/main.ts': CHECK_UPGRADE,
  'test/screenshots/main.ts': SCREENSHOTS,
  'test/recording/main.ts': RECORDING,
  'test/soak/main.ts': SOAK,
  'test/bench/main.ts': BENCH,
  'test/bench/flashsale/main.ts': SALE,
  'test/bench/sellout/main.ts': SELL_OUT,
  'test/bench/cost/main.ts': CHECK_COST,
  'test/bench/model/main.ts': MODEL,
  'test/fuzz/main.ts': CHECK_FUZZ,
  'test/fuzz/cost/main.ts': CHECK_REQUEST_COSTS,
  'test/shipping/image.ts': CHECK_IMAGE,
  'test/shipping/arm64.ts': TEST_ARM64,
  'test/shipping/packages/main.ts': CHECK_PACKAGES,
};
