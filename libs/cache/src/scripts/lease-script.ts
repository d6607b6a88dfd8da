import type { Script } from '#libs/redis';
import { LEASING, PRELUDE } from './prelude.js';

/**
 * Leases whatever is stored, for whoever will load in any case.
 *
 *     KEYS  key, lease    ARGV  token, milliseconds of the lease
 *     → the version of what is there or 0, nil where another one has the lease
 */
export const LEASE_SCRIPT: Script = {
  name: 'hotshelfLease',
  numberOfKeys: 2,
  lua: `${PRELUDE}${LEASING}
return lease() and floorOf(stored())
`,
};
