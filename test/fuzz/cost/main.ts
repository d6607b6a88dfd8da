import { commandLine } from '../../../apps/local/src/command-line.ts';
import { startApi } from '../../support/api.ts';
import { createCatalogue } from '../../support/catalogue.ts';
import { CHECK_REQUEST_COSTS } from '../../support/commands.ts';
import { startRedisServer } from '../../support/redis-server.ts';
import { untilUsesRedis } from '../../support/uses-redis.ts';
import { dearest, describeCosts, measureCosts } from './measure-costs.ts';

const { values } = commandLine(CHECK_REQUEST_COSTS);
const [catalogue, redis] = await Promise.all([createCatalogue(1_000), startRedisServer()]);
const api = await startApi({
  DATABASE_URL: catalogue.url,
  REDIS_URL: redis.url,
  NODE_ENV: 'production',
  ...(values['fast-path'] === 'off' && { HTTP_FAST_PATH: 'off' }),
});
try {
  await untilUsesRedis(api);
  const costs = await measureCosts({ port: Number(new URL(api.url).port), pid: api.pid }, values.only);
  process.stdout.write(describeCosts(costs));
  process.exitCode = dearest(costs).length === 0 ? 0 : 1;
} finally {
  await api.stop();
  await redis.stop();
  await catalogue.drop();
}
