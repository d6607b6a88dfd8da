/**
 * Whole numbers below `count`, 0 the most frequent, the n-th as often as 1/n^theta says (Gray et al., "Quickly
 * generating billion-record synthetic databases", 1994; the generator that YCSB uses).
 *
 * @param theta above 0 and below 1; 0.99 is what shops and YCSB see
 */
export function zipf(count: number, theta: number, random: () => number): () => number {
  const total = zeta(count, theta);
  const alpha = 1 / (1 - theta);
  const eta = (1 - (2 / count) ** (1 - theta)) / (1 - zeta(2, theta) / total);
  const second = 1 + 0.5 ** theta;
  return () => {
    const u = random();
    const scaled = u * total;
    if (scaled < 1) return 0;
    if (scaled < second) return 1;
    return Math.min(count - 1, Math.floor(count * (eta * u - eta + 1) ** alpha));
  };
}

function zeta(count: number, theta: number): number {
  let sum = 0;
  for (let n = 1; n <= count; n++) sum += n ** -theta;
  return sum;
}
