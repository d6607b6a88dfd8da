/** The processes that a reader has chosen. */
const CHOSEN = 'job="$job", instance=~"$instance"';

/** Requests of users: probes and scrapes would hide them on an idle service. */
const USERS = 'endpoint=~"$route", endpoint!~"/health.*|/metrics"';

const selector = (labels: string) => `{${[CHOSEN, labels].filter((part) => part !== '').join(', ')}}`;

/** A metric of the chosen processes. */
export const series = (name: string, labels = ''): string => `${name}${selector(labels)}`;

/** A metric of requests, of the chosen processes and routes. */
export const requests = (name: string, labels = ''): string =>
  series(name, labels === '' ? USERS : `${USERS}, ${labels}`);

/** The increase per second. */
export const rate = (counter: string): string => `rate(${counter}[$__rate_interval])`;

/** @param by labels that stay; none for one sum */
export const sum = (vector: string, ...by: readonly string[]): string =>
  by.length === 0 ? `sum(${vector})` : `sum by (${by.join(', ')}) (${vector})`;

/** @param buckets the `_bucket` series of a histogram */
export const quantile = (q: number, buckets: string, ...by: readonly string[]): string =>
  `histogram_quantile(${q}, ${sum(rate(buckets), 'le', ...by)})`;

/** A share; without a value while there is nothing to divide by. */
export const share = (part: string, whole: string): string => `${part} / (${whole} > 0)`;
