import { isAlive, type ProcessEntry, readProcess } from './process-table.js';

const POLL_MS = 250;

/** npm names itself so (`npm start`), or shows as node with its script (`…/bin/npm`, `…/npm-cli.js`). */
const NPM = /(?:^|[/\s])npm(?:-cli\.js)?(?:\s|$)/;

/**
 * Watches the processes between this one and the npm that started it, npm included: `kill -9` of npm, or of the
 * shell in between, would otherwise leave this process running with nobody to end it. Started without npm, it
 * watches nothing: who puts a process into the background and leaves may well want it to stay.
 *
 * @param onDeath called once, within half a second, when one of them is gone
 * @returns ends the watch
 */
export function watchAncestors(onDeath: () => void): () => void {
  const ancestors = ancestorsUpToNpm();
  const timer = setInterval(() => {
    if (ancestors.every(isAlive)) return;
    clearInterval(timer);
    onDeath();
  }, POLL_MS);
  // The watch is no reason to keep running.
  timer.unref();
  return () => clearInterval(timer);
}

function ancestorsUpToNpm(): ProcessEntry[] {
  const chain: ProcessEntry[] = [];
  for (let entry = readProcess(process.ppid); entry !== undefined; entry = readProcess(entry.ppid)) {
    chain.push(entry);
    if (NPM.test(entry.command)) return chain;
  }
  return [];
}
