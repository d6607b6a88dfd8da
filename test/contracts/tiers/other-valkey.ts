import { otherServer } from '../../support/debian-server.ts';
import { startOneRedis } from './one-redis.ts';
import { describeTier } from './tier-contract.ts';

describeTier('Valkey 8', async () =>
  startOneRedis(await otherServer({ program: 'valkey-server', suite: 'trixie', major: 8 })),
);
