import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { conditionsOf } from '../conditions.ts';
import { hotshelfContestants } from '../contestants/hotshelf-contestants.ts';
import { SMALL_CONTESTANTS } from '../contestants/small-contestants.ts';
import { FlagError } from '../flags/flag-values.ts';
import { readSaleFlags, SALE, type SaleOptions } from '../flags/sale-flags.ts';
import { noisyBanner } from '../noise.ts';
import { endOnSignals } from '../processes/end-on-signals.ts';
import { openCommand } from '../report/open-command.ts';
import { saleReport } from '../report/sale-report.ts';
import { type SaleResult, saleTable } from '../report/sale-table.ts';
import { setStage } from '../stage.ts';
import { phasesOf } from './phases.ts';
import { runSale, SALE_PRODUCTS, type Sale } from './run-sale.ts';

const CONTESTANTS = ['baseline', 'hotshelf-hot'].flatMap((wanted) =>
  [...SMALL_CONTESTANTS, ...hotshelfContestants(SALE_PRODUCTS)].filter(({ name }) => name === wanted),
);
const TITLES: Readonly<Record<string, string>> = { baseline: 'naive design', 'hotshelf-hot': 'Hotshelf' };

const say = (line: string) => process.stdout.write(`${line}\n`);

async function measure({ rate, quick }: SaleOptions, command: string): Promise<SaleResult> {
  const stage = await setStage(SALE_PRODUCTS);
  try {
    // Both designs get the whole machine: what they do with it is the question.
    const conditions = { ...(await conditionsOf(command, stage)), isPinned: false };
    const phases = phasesOf(rate, quick);
    const banner = noisyBanner(conditions);
    if (banner !== undefined) say(banner);
    const sales: Sale[] = [];
    for (const contestant of CONTESTANTS) {
      const title = TITLES[contestant.name] ?? contestant.title;
      say(`${title}: a sale of ${phases.at(-1)?.to} s …`);
      sales.push(await runSale({ ...contestant, title }, phases, stage, say));
    }
    return { conditions, phases, sales };
  } finally {
    await stage.stop();
  }
}

async function run(options: SaleOptions, command: string): Promise<void> {
  const result = await measure(options, command);
  await mkdir(options.out, { recursive: true });
  await writeFile(join(options.out, 'flashsale.json'), JSON.stringify(result));
  await writeFile(join(options.out, 'flashsale.html'), saleReport(result));
  await writeFile(join(options.out, 'flashsale.md'), saleTable(result));
  say(`\n${saleTable(result)}\nWritten to ${options.out}: flashsale.html, flashsale.md, flashsale.json`);
  say(`  ${openCommand(join(options.out, 'flashsale.html'))}`);
  const banner = noisyBanner(result.conditions);
  if (banner !== undefined) say(banner);
}

endOnSignals();
try {
  const args = process.argv.slice(2);
  const flags = readSaleFlags(args);
  if (flags.kind === 'help') say(SALE.usage);
  else await run(flags, ['npm run flashsale', ...(args.length > 0 ? ['--', ...args] : [])].join(' '));
} catch (error) {
  process.stderr.write(`${error instanceof FlagError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 2;
}
