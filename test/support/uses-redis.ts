import type { Api } from './api.ts';
import { until } from './until.ts';

/** Whether it makes full use of Redis: L2 is trusted, L1 is synced, and no call is skipped. */
export const usesRedis = async (api: Api) =>
  (await api.metric('cache_redis_trusted')) === 1 &&
  (await api.metric('cache_tracking_synced')) === 1 &&
  (await api.metric('breaker_state{dependency="redis",state="closed"}')) === 1;

/** A start does not wait long for that: it may serve before L2 is trusted. */
export const untilUsesRedis = (api: Api) =>
  until('the service makes full use of Redis', () => usesRedis(api));
