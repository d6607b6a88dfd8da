import { z } from 'zod';
import { type ApiKey, apiKeys } from '../api-keys.js';
import { wholeNumber } from '../values.js';
import { type ValuesOf, variable } from '../variables.js';

export const accessVariables = {
  API_KEYS: variable({
    schema: apiKeys(),
    rule: 'entries `<id>:<sha256 of the key in hex>[:<expiry, an ISO date or date-time with its offset>]` separated by commas, no id and no hash twice, or empty',
    fallback: '',
    about: 'Keys that may write. `npm run key` creates an entry. Empty: writes are disabled.',
    secret: true,
  }),
  RATE_LIMIT_WRITES: variable({
    schema: wholeNumber(0, 1_000_000_000),
    rule: 'a whole number from 0 to 1000000000',
    fallback: '30000',
    about: 'Maximum writes per minute with one key, per process. 0 = unlimited.',
  }),
};

/** The writers, and their limits. */
export abstract class AccessConfig {
  abstract readonly apiKeys: readonly ApiKey[];
  /** A key and minute; 0 for no limit. */
  abstract readonly writesPerMinute: number;
}

export function accessConfig(values: ValuesOf<typeof accessVariables>): AccessConfig {
  return {
    apiKeys: values.API_KEYS,
    writesPerMinute: values.RATE_LIMIT_WRITES,
  };
}

export const writeVariables = {
  WRITE_REQUIRE_IF_MATCH: variable({
    schema: z.enum(['true', 'false']).transform((text) => text === 'true'),
    rule: 'one of true, false',
    fallback: 'false',
    about: 'Whether `PUT`, `PATCH` and `DELETE` without `If-Match` are refused (428).',
  }),
};

/** Requirements for writes to the catalogue. */
export abstract class WriteConfig {
  abstract readonly requireIfMatch: boolean;
}

export function writeConfig(values: ValuesOf<typeof writeVariables>): WriteConfig {
  return { requireIfMatch: values.WRITE_REQUIRE_IF_MATCH };
}
