import { readFileSync } from 'node:fs';

/** What a request costs, as the bench measured it. */
export interface Measured {
  readonly machine: string;
  readonly date: string;
  readonly source: string;
  /** Processor time of the service's process, in microseconds. */
  readonly cpuMicros: {
    readonly l1Hit: number;
    readonly redisHit: number;
    readonly load: number;
    /** A request of a mix of nine hits in L1 and one write. */
    readonly mixOneWriteInTen: number;
  };
  readonly p99Ms: readonly { readonly perSecond: number; readonly ms: number }[];
  readonly redisBytesPerProduct: number;
  readonly answerBytes: number;
  readonly workerMemoryMib: number;
  readonly workerMemoryLimitMib: number;
}

export interface Machine {
  readonly vcpus: number;
  readonly memoryGib: number;
  readonly perHour: number;
  /** Of a processor, to the one that was measured. */
  readonly speed: number;
  readonly isMeasured: boolean;
}

type Priced = Pick<Machine, 'memoryGib' | 'perHour'>;

export interface Prices {
  readonly note: string;
  readonly hoursPerMonth: number;
  readonly machines: Readonly<Record<string, Machine>>;
  /** From the smallest to the largest. */
  readonly redisNodes: Readonly<Record<string, Priced>>;
  readonly postgresInstances: Readonly<Record<string, Priced & Pick<Machine, 'vcpus'>>>;
  readonly postgresStoragePerGibMonth: number;
  readonly controlPlanePerHour: number;
  readonly natGatewayPerHour: number;
  readonly balancerPerHour: number;
  readonly balancerUnitPerHour: number;
  readonly egressPerGb: number;
  readonly predecessor: {
    readonly machines: number;
    readonly perMonth: number;
    readonly perMonthBefore: number;
    readonly perSecond: number;
  };
}

/** A file that is not as it has to be: its user edits it. */
export class FigureError extends Error {}

const OWN = {
  measured: new URL('measured.json', import.meta.url),
  prices: new URL('prices.json', import.meta.url),
};

/**
 * @param path a file of the user's own; default: deploy/capacity/prices.json
 * @throws FigureError that names the file and the key
 */
export function readPrices(path?: string): Prices {
  return likeOwn<Prices>(path ?? OWN.prices, OWN.prices);
}

/** @throws FigureError that names the file and the key */
export function readMeasured(path?: string): Measured {
  return likeOwn<Measured>(path ?? OWN.measured, OWN.measured);
}

interface Bench {
  readonly conditions: { readonly machine: string; readonly date: string };
  readonly outcomes: readonly {
    readonly run?: { readonly contestant: string; readonly cpuMicros: number };
  }[];
}

/**
 * The costs of a run of the bench, beside what the bench does not measure.
 *
 * @param path bench.json, as `npm run bench` leaves it
 * @throws FigureError that names the contestant that is missing
 */
export function withBench(measured: Measured, path: string): Measured {
  const { conditions, outcomes } = readJson(path) as Bench;
  const median = (contestant: string) => {
    const values = (Array.isArray(outcomes) ? (outcomes as Bench['outcomes']) : [])
      .flatMap(({ run }) => (run?.contestant === contestant ? [run.cpuMicros] : []))
      .toSorted((a, b) => a - b);
    const middle = values[Math.floor(values.length / 2)];
    if (middle === undefined) throw new FigureError(`${path} has no run of ${contestant}`);
    return middle;
  };
  return {
    ...measured,
    machine: conditions.machine,
    date: conditions.date.slice(0, 10),
    source: path,
    cpuMicros: {
      l1Hit: median('hotshelf-hot'),
      redisHit: median('hotshelf-warm'),
      load: median('hotshelf-cold'),
      mixOneWriteInTen: median('hotshelf-90-10'),
    },
  };
}

function readJson(path: string | URL): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new FigureError(`cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

/** A file with the keys of the project's own, and numbers where that has numbers. Names of machines are free. */
function likeOwn<T>(path: string | URL, own: URL): T {
  const given = readJson(path);
  check(given, readJson(own), '', String(path));
  return given as T;
}

const FREE_NAMES = /^\.(?:machines|redisNodes|postgresInstances)$/;

function check(given: unknown, like: unknown, key: string, path: string): void {
  const name = key.slice(1);
  if (typeof like === 'number') {
    if (typeof given !== 'number' || !Number.isFinite(given) || given < 0)
      throw new FigureError(
        `${path}: ${name} must be a number of at least 0; it is ${JSON.stringify(given)}`,
      );
    return;
  }
  if (typeof like !== 'object' || like === null) {
    if (typeof given !== typeof like)
      throw new FigureError(`${path}: ${name} must be a ${typeof like}; it is ${JSON.stringify(given)}`);
    return;
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given) !== Array.isArray(like))
    throw new FigureError(`${path}: ${name || 'the file'} must be like that of ${OWN.prices.pathname}`);
  const models = Object.entries(like);
  const entries =
    Array.isArray(like) || FREE_NAMES.test(key)
      ? Object.entries(given).map(([inner, value]) => [inner, value, models[0]?.[1]] as const)
      : models.map(([inner, model]) => [inner, (given as Record<string, unknown>)[inner], model] as const);
  if (entries.length === 0) throw new FigureError(`${path}: ${name} must not be empty`);
  for (const [inner, value, model] of entries) check(value, model, `${key}.${inner}`, path);
}
