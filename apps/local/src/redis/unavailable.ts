import { MIN_MAJOR_VERSION } from './server-command.js';

/** There is no Redis to be had on this machine. */
export interface RedisUnavailable {
  kind: 'unavailable';
  /** What was tried and what came of it, in one line. */
  reason: string;
  /** What to install, in one plain line. */
  install: string;
}

export function unavailable(reason: string): RedisUnavailable {
  const how =
    process.platform === 'darwin' ? 'brew install redis' : 'on Debian and Ubuntu: apt-get install redis';
  const install = `Install Redis ${MIN_MAJOR_VERSION} or newer (${how}), or name a running one in REDIS_URL.`;
  return { kind: 'unavailable', reason, install };
}
