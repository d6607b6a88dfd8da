import { renameSync, writeFileSync } from 'node:fs';
import { TimerAccount } from './timer-account.ts';

/** Loaded into a process of the service ahead of everything else; on SIGUSR2 it writes which timers that process has. */
const account = new TimerAccount().open();
const file = process.env['TEST_TIMERS_FILE'] ?? '';

process.on('SIGUSR2', () => {
  writeFileSync(`${file}.part`, JSON.stringify([...account.counts()]));
  // Whole or not there: somebody waits for it.
  renameSync(`${file}.part`, file);
});
