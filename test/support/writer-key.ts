import { createHash } from 'node:crypto';

/** The key by which tests write, and what a service that takes it is configured with. */
export const WRITER_KEY = 'hs_the-key-of-the-tests';
export const WRITER_API_KEYS = `tests:${createHash('sha256').update(WRITER_KEY).digest('hex')}`;

export const asWriter = { authorization: `Bearer ${WRITER_KEY}` };
