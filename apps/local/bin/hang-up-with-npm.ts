import { isAlive, type ProcessEntry, readProcess } from '../src/guard/process-table.ts';

const POLL_MS = 250;

/** npm names itself so (`npm start`), or shows as node with its script (`…/bin/npm`, `…/npm-cli.js`). */
const NPM = /(?:^|[/\s])npm(?:-cli\.js)?(?:\s|$)/;

/**
 * Watches the processes between this one and the npm that started it, npm included, and sends this process a SIGHUP,
 * as a terminal that goes away does, within half a second of the death of one: `kill -9` of npm, or of the shell in
 * between, would otherwise leave it running with nobody to end it. Started without npm, it watches nothing: who puts
 * a process into the background and leaves may well want it to stay.
 *
 * Called first of all: an npm that dies during the build is no ancestor that could be found afterwards.
 */
export function hangUpWithNpm(): void {
  const ancestors = ancestorsUpToNpm();
  const timer = setInterval(() => {
    if (ancestors.every(isAlive)) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGHUP');
  }, POLL_MS);
  // The watch is no reason to keep running.
  timer.unref();
}

function ancestorsUpToNpm(): ProcessEntry[] {
  const chain: ProcessEntry[] = [];
  for (let entry = readProcess(process.ppid); entry !== undefined; entry = readProcess(entry.ppid)) {
    chain.push(entry);
    if (NPM.test(entry.command)) return chain;
  }
  return [];
}
