import { startShippedRedis } from '../../support/shipped-redis.ts';
import { oneRedis } from './one-redis.ts';
import { describeTier } from './tier-contract.ts';

describeTier('one Redis, with the configuration and the rights of docker/redis', async () =>
  oneRedis(await startShippedRedis()),
);
