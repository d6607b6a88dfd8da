import { type ApiKey, apiKeys } from '../values/api-keys.js';
import { wholeNumber } from '../values/whole-number.js';
import { type ValuesOf, variable } from '../variable.js';

export const accessVariables = {
  API_KEYS: variable({
    schema: apiKeys(),
    rule: 'entries `<id>:<sha256 of the key in hex>[:<expiry, an ISO date or date-time with its offset>]` with commas between, no id and no hash twice, or empty',
    fallback: '',
    about: 'Who may write; `npm run key` makes an entry. Empty: nobody.',
    secret: true,
  }),
  RATE_LIMIT_WRITES: variable({
    schema: wholeNumber(0, 1_000_000_000),
    rule: 'a whole number from 0 to 1000000000',
    fallback: '30000',
    about: 'Writes that one key may make a minute, a process; 0 for any number.',
  }),
  RATE_LIMIT_MISSES: variable({
    schema: wholeNumber(0, 1_000_000_000),
    rule: 'a whole number from 0 to 1000000000',
    fallback: '0',
    about:
      'Reads that memory has no answer for that one client address may make a minute, a process; 0 for any number.',
  }),
};

/** Who may write, and how often. */
export abstract class AccessConfig {
  abstract readonly apiKeys: readonly ApiKey[];
  /** A key and minute; 0 for no limit. */
  abstract readonly writesPerMinute: number;
  /** A client and minute; 0 for no limit. */
  abstract readonly missesPerMinute: number;
}

export function accessConfig(values: ValuesOf<typeof accessVariables>): AccessConfig {
  return {
    apiKeys: values.API_KEYS,
    writesPerMinute: values.RATE_LIMIT_WRITES,
    missesPerMinute: values.RATE_LIMIT_MISSES,
  };
}
