import { inspect } from 'node:util';
import { check } from './checker.ts';
import { readOptions } from './options.ts';
import { describeReport } from './report.ts';

try {
  const options = readOptions(process.argv.slice(2));
  const report = await check(options);
  process.stdout.write(describeReport(report, options));
  process.exitCode = report.violations.length > 0 ? 1 : 0;
} catch (error) {
  process.stderr.write(`${inspect(error)}\n`);
  // Not by itself: servers that were started before the failure would keep it going. They end with it.
  process.exit(2);
}
