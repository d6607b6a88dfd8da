import { Injectable } from '@nestjs/common';
import { CacheConfig } from '#libs/config';

const seconds = (ms: number) => Math.floor(ms / 1_000);

/** How long clients may keep an answer (`Cache-Control`, RFC 9111 §5.2, RFC 5861): the same for all of them. */
@Injectable()
export class ClientCaching {
  readonly cacheControl: string;

  constructor(config: CacheConfig) {
    this.cacheControl = [
      'public',
      `max-age=${seconds(config.httpMaxAgeMs)}`,
      `stale-while-revalidate=${seconds(config.httpStaleMs)}`,
      `stale-if-error=${seconds(config.graceMs)}`,
    ].join(', ');
  }
}
