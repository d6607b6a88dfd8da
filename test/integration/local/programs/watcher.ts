// A program that npm starts and that is not to outlive npm.
import { hangUpWithNpm } from '../../../../apps/local/bin/hang-up-with-npm.ts';

hangUpWithNpm();
process.on('SIGHUP', () => {
  process.stdout.write('left alone\n', () => process.exit());
});
// Something that keeps it running, were it not for the watch.
setInterval(() => undefined, 1_000);
process.stdout.write(`${process.pid}\n`);
