import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bench, NAMES } from './bench.ts';
import { exitCodeOf } from './exit-code.ts';
import { BENCH, type BenchOptions, readBenchFlags } from './flags/bench-flags.ts';
import { FlagError } from './flags/flag-values.ts';
import { noisyBanner } from './noise.ts';
import { endOnSignals } from './processes/end-on-signals.ts';
import { benchReport } from './report/bench-report.ts';
import { benchTable, budgetTable } from './report/bench-table.ts';
import { openCommand } from './report/open-command.ts';

const say = (line: string) => process.stdout.write(`${line}\n`);

async function run(options: BenchOptions, command: string): Promise<number> {
  await mkdir(options.out, { recursive: true });
  await rm(join(options.out, 'profiles.md'), { force: true });
  const result = await bench(options, command, say);
  const tables = `${benchTable(result)}\n${budgetTable(result)}`;
  await writeFile(join(options.out, 'bench.json'), JSON.stringify(result));
  await writeFile(join(options.out, 'report.html'), benchReport(result));
  await writeFile(join(options.out, 'table.md'), tables);
  say(`\n${tables}\nWritten to ${options.out}: report.html, table.md, bench.json`);
  say(`  ${openCommand(join(options.out, 'report.html'))}`);
  const missed = result.verdicts.filter(({ kind }) => kind === 'missed');
  for (const { budget } of missed) say(`✖ missed: ${budget.name}, ${budget.what}`);
  for (const failure of result.failures) say(`✖ failed: ${failure}`);
  const banner = noisyBanner(result.conditions);
  if (banner !== undefined) say(banner);
  const { conditions, failures } = result;
  return exitCodeOf({ missed: missed.length, failures: failures.length, conditions });
}

endOnSignals();
try {
  const args = process.argv.slice(2);
  const flags = readBenchFlags(args, NAMES);
  if (flags.kind === 'help') say(BENCH.usage);
  else if (flags.kind === 'list') say(NAMES.join('\n'));
  else
    process.exitCode = await run(
      flags,
      ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    );
} catch (error) {
  process.stderr.write(`${error instanceof FlagError ? error.message : (error as Error).stack}\n`);
  process.exitCode = 2;
}
