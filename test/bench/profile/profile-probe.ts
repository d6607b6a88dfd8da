import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

/*
 * Loaded into a server under measurement ahead of its own code. The first SIGWINCH, which means nothing to a server, begins a
 * profile of its CPU time; the next one ends it and writes it down.
 */
const SAMPLE_EVERY_MICROS = 500;

const session = new Session();
let isRunning = false;

process.on('SIGWINCH', () => {
  if (isRunning) {
    session.post('Profiler.stop', (_error, { profile }) => write(profile));
  } else {
    session.connect();
    session.post('Profiler.enable');
    session.post('Profiler.setSamplingInterval', { interval: SAMPLE_EVERY_MICROS });
    session.post('Profiler.start', () => write({}));
  }
  isRunning = true;
});

const write = (what: object) =>
  writeFileSync(`${process.env.PROFILE_PROBE}.${process.pid}`, JSON.stringify(what));
