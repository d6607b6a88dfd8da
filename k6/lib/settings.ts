const SHAPES = ['steady', 'flash'] as const;

export interface Settings {
  /** Where the service listens, without a slash at its end. */
  readonly baseUrl: string;
  /** How many products the catalogue was seeded with: ids go from `prod-0` to one less. */
  readonly products: number;
  /** Requests a second that arrive, whatever the service takes for each. */
  readonly ratePerSecond: number;
  readonly durationSeconds: number;
  readonly shape: (typeof SHAPES)[number];
  /** What 99 of 100 product reads must stay under. */
  readonly p99Ms: number;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * What a run was asked for: `k6 run -e RATE=1000 …`.
 *
 * @throws Error naming the variable that makes no sense: a run with a mistyped rate would measure something else
 */
export function readSettings(environment: Environment): Settings {
  return {
    baseUrl: (environment['BASE_URL'] ?? 'http://127.0.0.1:3000').replace(/\/+$/, ''),
    products: positive(environment, 'PRODUCTS', 10_000),
    ratePerSecond: positive(environment, 'RATE', 200),
    durationSeconds: positive(environment, 'DURATION_SECONDS', 60),
    shape: shape(environment['SHAPE'] ?? 'steady'),
    p99Ms: positive(environment, 'P99_MS', 100),
  };
}

function positive(environment: Environment, name: string, fallback: number): number {
  const text = environment[name] ?? String(fallback);
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${name} must be a whole number above 0, not '${text}'`);
}

function shape(text: string): Settings['shape'] {
  const known = SHAPES.find((name) => name === text);
  if (known !== undefined) return known;
  throw new Error(`SHAPE must be one of ${SHAPES.join(', ')}, not '${text}'`);
}
