/** Maps values of an axis to places on it. */
export interface Scale {
  readonly ticks: readonly number[];
  /** @returns from 0 at the axis' start to 1 at its end; values outside stay on the axis */
  place(value: number): number;
}

const TICKS = 5;

/** From 0 to a round number that holds the greatest value. */
export function linearScale(greatest: number): Scale {
  const step = roundStep(Math.max(greatest, Number.MIN_VALUE) / TICKS);
  const count = Math.max(1, Math.ceil(greatest / step));
  const end = step * count;
  return {
    ticks: Array.from({ length: count + 1 }, (_, n) => n * step),
    place: (value) => clamped(value / end),
  };
}

/** From one power of ten to another that hold all values between them. */
export function logScale(least: number, greatest: number): Scale {
  const from = Math.floor(Math.log10(Math.max(least, 1e-9)));
  const to = Math.max(from + 1, Math.ceil(Math.log10(Math.max(greatest, 1e-9))));
  return {
    ticks: Array.from({ length: to - from + 1 }, (_, n) => 10 ** (from + n)),
    place: (value) => clamped((Math.log10(Math.max(value, 1e-9)) - from) / (to - from)),
  };
}

/** Shares up to one, each nine of them as wide as the one before: 0.9, 0.99, 0.999 … */
export function ninesScale(nines: number): Scale {
  return {
    ticks: [0, ...Array.from({ length: nines }, (_, n) => 1 - 10 ** -(n + 1))],
    place: (share) => clamped(-Math.log10(Math.max(1 - share, 1e-12)) / nines),
  };
}

function roundStep(atLeast: number): number {
  const power = 10 ** Math.floor(Math.log10(atLeast));
  const [step = 10] = [1, 2, 5, 10].filter((factor) => factor * power >= atLeast * 0.999);
  return step * power;
}

function clamped(place: number): number {
  return Math.min(1, Math.max(0, place));
}
