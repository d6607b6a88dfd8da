import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FigureError, type Measured, type Prices, readMeasured, readPrices, withBench } from './figures.ts';
import { readFlags, refuse } from './flags.ts';
import { pageOf } from './plot.ts';
import { type Load, type Size, sizeOf } from './size.ts';
import { assumptionsOf, tableOf } from './table.ts';

const OUT = join(import.meta.dirname, '../../.hotshelf/capacity');
/** Rates of the plots: eight to a decade, from 1,000 to a million requests a second. */
const RATES = Array.from({ length: 25 }, (_, n) => 10 ** (3 + n / 8));

/** The same mix at other rates. One for which the price file has nothing large enough is left out. */
function sizesOver(load: Load, measured: Measured, prices: Prices): Size[] {
  return RATES.flatMap((rps) => {
    try {
      const writesPerSecond = (load.writesPerSecond / load.rps) * rps;
      return [sizeOf({ ...load, rps, writesPerSecond }, measured, prices)];
    } catch {
      return [];
    }
  });
}

const { load, prices: priceFile, bench, out = OUT } = readFlags(process.argv.slice(2));
try {
  const prices = readPrices(priceFile);
  if (prices.machines[load.machine] === undefined)
    refuse(`--machine must be one of ${Object.keys(prices.machines).join(', ')}; it is ${load.machine}.`);
  const measured = bench === undefined ? readMeasured() : withBench(readMeasured(), bench);
  const size = sizeOf(load, measured, prices);
  const table = tableOf(size, prices);
  const assumptions = assumptionsOf(size, measured, prices);
  mkdirSync(out, { recursive: true });
  const page = join(out, 'capacity.html');
  writeFileSync(page, pageOf({ table, assumptions }, size, sizesOver(load, measured, prices), prices));
  process.stdout.write(`${table}\n${assumptions}\nPlots over rates: ${page}\n`);
} catch (error) {
  // A file of the user's, or a load that no machine of it carries.
  if (error instanceof FigureError || error instanceof RangeError) refuse(error.message);
  throw error;
}
