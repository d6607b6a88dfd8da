import { otherServer } from '../../support/debian-server.ts';
import { startOneRedis } from './one-redis.ts';
import { describeTier } from './tier-contract.ts';

describeTier('Redis 7.0', async () =>
  startOneRedis(await otherServer({ program: 'redis-server', suite: 'bookworm', major: 7 })),
);
