import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';

/**
 * To be loaded ahead of the service (`--import`): names that end in `.hanging` get no answer from their resolver. As in
 * libuv, two lookups run at a time, and one that hangs holds its place until the system's resolver gives up.
 */
const AT_ONCE = 2;
const GIVES_UP_AFTER_MS = 20_000;

type Callback = (error: NodeJS.ErrnoException | null, ...rest: unknown[]) => void;

const { lookup } = dns;
const waiting: (() => void)[] = [];
let free = AT_ONCE;

function next(): void {
  if (free === 0) return;
  const begin = waiting.shift();
  if (begin === undefined) return;
  free -= 1;
  begin();
}

function done(): void {
  free += 1;
  next();
}

const slow = (name: string, options: dns.LookupAllOptions, callback: Callback) => {
  waiting.push(() => {
    if (!name.endsWith('.hanging')) {
      lookup(name, options, (...answer) => {
        done();
        callback(...answer);
      });
      return;
    }
    setTimeout(() => {
      done();
      callback(Object.assign(new Error(`getaddrinfo EAI_AGAIN ${name}`), { code: 'EAI_AGAIN' }));
    }, GIVES_UP_AFTER_MS).unref();
  });
  next();
};

Object.assign(dns, { lookup: slow });
syncBuiltinESMExports();
