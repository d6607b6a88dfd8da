import { createHash } from 'node:crypto';

/** The bearer key of the bench's writes; good for nothing but the servers that it starts itself. */
export const BENCH_KEY = 'bench-key-of-a-server-on-loopback';

/** The setting that makes the service take it. */
export const BENCH_KEYS_SETTING = `bench:${createHash('sha256').update(BENCH_KEY).digest('hex')}`;
