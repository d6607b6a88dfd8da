// A service for the guard to keep: node service.ts <name> <journal> [stubborn|parent]. It writes into the journal
// what happens to it.
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';

const [name, journal = '', mode] = process.argv.slice(2);
const note = (what: string) => appendFileSync(journal, `${name} ${what}\n`);

process.on('SIGTERM', () => {
  note('asked to stop');
  if (mode !== 'stubborn') process.exit(0);
});
if (mode === 'parent') {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  note(`has child ${child.pid}`);
}
setInterval(() => undefined, 1_000);
note('up');
