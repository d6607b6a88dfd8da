/** A stretch of a load: the rate goes in a straight line from where the stretch before ended to `rate`. */
export interface Stage {
  readonly seconds: number;
  /** Requests per second at its end. */
  readonly rate: number;
}

/** How requests arrive over time. */
export interface Shape {
  /** Requests per second at the beginning. */
  readonly startRate: number;
  readonly stages: readonly Stage[];
}

/** A rate is at least one request per second: k6 would round a smaller one to nothing. */
const atLeastOne = (rate: number) => Math.max(1, Math.round(rate));

/** Share of the time in which users arrive; the predecessor's came in 50 s of a run of minutes. */
const ARRIVAL_SHARE = 0.2;
const SPIKE_FACTOR = 10;
/** The steady rate of a sale is multiplied by this, as in the predecessor's incident: 4,200 to 10,400 requests/s. */
export const SALE_FACTOR = 2.5;

/**
 * The shapes by name. Each takes the rate (requests per second, the highest of the shape unless it says otherwise) and
 * its length in seconds.
 */
export const SHAPES = {
  /** One rate from the first second to the last. */
  constant: (rate: number, seconds: number): Shape => ({ startRate: rate, stages: [{ seconds, rate }] }),

  /** Users arrive for a fifth of the time, then all of them stay. */
  arrivals: (rate: number, seconds: number): Shape => ({
    startRate: atLeastOne(rate / SPIKE_FACTOR),
    stages: [
      { seconds: seconds * ARRIVAL_SHARE, rate },
      { seconds: seconds * (1 - ARRIVAL_SHARE), rate },
    ],
  }),

  /** What was promised for a quarter of the time (10,400 of 12,000), then more than that. */
  overshoot: (rate: number, seconds: number): Shape => {
    const promised = atLeastOne((rate * 10_400) / 12_000);
    return {
      startRate: promised,
      stages: [
        { seconds: seconds * 0.25, rate: promised },
        { seconds: 1, rate },
        { seconds: Math.max(1, seconds * 0.75 - 1), rate },
      ],
    };
  },

  /** A tenth of the rate, within a second all of it, within another back again. */
  spike: (rate: number, seconds: number): Shape => {
    const calm = atLeastOne(rate / SPIKE_FACTOR);
    const third = Math.max(1, (seconds - 2) / 3);
    return {
      startRate: calm,
      stages: [
        { seconds: third, rate: calm },
        { seconds: 1, rate },
        { seconds: third, rate },
        { seconds: 1, rate: calm },
        { seconds: third, rate: calm },
      ],
    };
  },

  /** From a tenth of the rate to all of it in a straight line. */
  climb: (rate: number, seconds: number): Shape => ({
    startRate: atLeastOne(rate / 10),
    stages: [{ seconds, rate }],
  }),
} as const;

/** The rate that a shape asks for at a moment; 0 before its start and after its end. */
export function rateAt({ startRate, stages }: Shape, second: number): number {
  if (second < 0) return 0;
  let from = startRate;
  let begin = 0;
  for (const { seconds, rate } of stages) {
    if (second < begin + seconds) return from + ((rate - from) * (second - begin)) / seconds;
    begin += seconds;
    from = rate;
  }
  return 0;
}

/** Requests that a shape asks for altogether. */
export function requestsOf({ startRate, stages }: Shape): number {
  let from = startRate;
  let sum = 0;
  for (const { seconds, rate } of stages) {
    sum += ((from + rate) / 2) * seconds;
    from = rate;
  }
  return sum;
}

export function secondsOf({ stages }: Shape): number {
  return stages.reduce((sum, { seconds }) => sum + seconds, 0);
}

export function peakOf({ startRate, stages }: Shape): number {
  return Math.max(startRate, ...stages.map(({ rate }) => rate));
}
