import type { Api } from './api.ts';
import { until } from './until.ts';

/** Whether it makes full use of Redis: believes it, is told of changes, and skips no call. */
export const usesRedis = async (api: Api) =>
  (await api.metric('cache_redis_trusted')) === 1 &&
  (await api.metric('cache_tracking_synced')) === 1 &&
  (await api.metric('breaker_state{dependency="redis",state="closed"}')) === 1;

/** A start does not wait for that for long: whoever listens may read past a Redis that is slow to be believed. */
export const untilUsesRedis = (api: Api) =>
  until('the service makes full use of Redis', () => usesRedis(api));
