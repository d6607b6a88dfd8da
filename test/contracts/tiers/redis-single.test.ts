import { startOneRedis } from './one-redis.ts';
import { describeTier } from './tier-contract.ts';

describeTier('one Redis', () => startOneRedis());
