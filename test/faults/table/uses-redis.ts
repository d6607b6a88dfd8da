import type { Api } from '../../support/api.ts';

/** Whether it makes full use of Redis: believes it, is told of changes, and skips no call. */
export const usesRedis = async (api: Api) =>
  (await api.metric('cache_redis_trusted')) === 1 &&
  (await api.metric('cache_tracking_synced')) === 1 &&
  (await api.metric('breaker_state{dependency="redis",state="closed"}')) === 1;
