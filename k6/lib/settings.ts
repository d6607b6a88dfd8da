const PROFILES = ['quiet', 'shared'] as const;

/** Whether the machine is the run's own; a shared one is allowed more time for an answer, and no more errors. */
export type Profile = (typeof PROFILES)[number];

export interface Settings {
  /** Address of the service, without a slash at its end. */
  readonly baseUrl: string;
  /** Address of `/metrics`, without its path: the port for operators, if the service has one. */
  readonly metricsUrl: string;
  /** Requests per second that arrive, independent of how fast they are answered. */
  readonly rate: number;
  /** Length of the measured part, in seconds. */
  readonly seconds: number;
  /** Size of the catalogue: ids run from `prod-0` to one less. */
  readonly products: number;
  /** Key that may write; undefined: the run does not write. */
  readonly apiKey: string | undefined;
  readonly profile: Profile;
  /** Folder for the files of the summary; undefined: `k6/results`. */
  readonly results: string | undefined;
  /** JSON file of an earlier result to compare with; undefined: none. */
  readonly against: string | undefined;
}

/** What a scenario uses if the environment does not say otherwise. */
export interface Defaults {
  /** Requests per second. */
  readonly rate: number;
  /** As in DURATION: `30s`, `5m`, `1h`. */
  readonly duration: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

interface Rule<Value> {
  readonly rule: string;
  /** @returns undefined if the text breaks the rule */
  read(text: string): Value | undefined;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600 };
const LONGEST_SECONDS = 24 * 3_600;

const ADDRESS: Rule<string> = {
  rule: 'an http or https address without path and query, such as http://127.0.0.1:3000',
  // k6 has no URL of the web platform: the pattern is all there is.
  read: (text) => /^https?:\/\/(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?(?=\/?$)/.exec(text)?.[0],
};

const DURATION: Rule<number> = {
  rule: 'a duration from 1s to 24h, such as 30s, 5m or 1h',
  read: (text) => {
    const [, count = '', unit = ''] = /^(\d{1,6})([smh])$/.exec(text) ?? [];
    const seconds = Number(count) * (UNIT_SECONDS[unit] ?? 0);
    return seconds >= 1 && seconds <= LONGEST_SECONDS ? seconds : undefined;
  },
};

const KEY: Rule<string> = {
  rule: 'a key as `npm run key` makes it: visible ASCII characters without spaces',
  read: (text) => (/^[\x21-\x7e]{1,512}$/.test(text) ? text : undefined),
};

const PROFILE: Rule<Profile> = {
  rule: `one of ${PROFILES.join(', ')}`,
  read: (text) => PROFILES.find((name) => name === text),
};

const PATH: Rule<string> = { rule: 'a path', read: (text) => text };

const count = (greatest: number): Rule<number> => ({
  rule: `a whole number from 1 to ${greatest}`,
  read: (text) => (/^[1-9]\d{0,8}$/.test(text) && Number(text) <= greatest ? Number(text) : undefined),
});

/**
 * Reads and checks the environment of a run (`k6 run -e RATE=1000 …`): the one place that does. An empty variable counts
 * as not set.
 *
 * @throws Error naming the variable, its rule and its default: a run with a mistyped rate would measure something else
 */
export function readSettings(environment: Environment, defaults: Defaults): Settings {
  const read = <Value>(name: string, rule: Rule<Value>, fallback: string) =>
    readValue(environment, name, rule, fallback);
  const readOptional = <Value>(name: string, rule: Rule<Value>) =>
    isSet(environment, name) ? readValue(environment, name, rule, 'none') : undefined;
  const baseUrl = read('BASE_URL', ADDRESS, 'http://127.0.0.1:3000');
  return {
    baseUrl,
    metricsUrl: read('METRICS_URL', ADDRESS, baseUrl),
    rate: read('RATE', count(1_000_000), String(defaults.rate)),
    seconds: read('DURATION', DURATION, defaults.duration),
    products: read('PRODUCTS', count(100_000_000), '10000'),
    apiKey: readOptional('API_KEY', KEY),
    profile: read('PROFILE', PROFILE, 'quiet'),
    results: readOptional('RESULTS', PATH),
    against: readOptional('AGAINST', PATH),
  };
}

function readValue<Value>(
  environment: Environment,
  name: string,
  { rule, read }: Rule<Value>,
  fallback: string,
): Value {
  const text = isSet(environment, name) ? (environment[name] ?? '') : fallback;
  const value = read(text);
  if (value !== undefined) return value;
  // A key that is wrong may still be somebody's: it is not shown.
  const found = name === 'API_KEY' ? 'its value (not shown) is not' : `it is '${text}'`;
  throw new Error(`${name} must be ${rule}; ${found}. Default: ${fallback}.`);
}

function isSet(environment: Environment, name: string): boolean {
  return (environment[name] ?? '') !== '';
}
