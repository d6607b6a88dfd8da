import type { AnsweredRoute, HttpEvents } from '#libs/http/events';
import type { CacheKey } from '../../entry/entry.js';
import type { CachedResourceOptions } from '../cached-resource-options.js';

/** A template whose one parameter is its last segment. */
const ONE_PARAMETER = /^((?:\/[\w.~-]+)+\/):(\w+)$/;

/** What is the same before and after decoding (RFC 3986 §2.3), and holds nothing that a router takes for its own. */
const PLAIN = /^[A-Za-z0-9._~-]+$/;

/** A marked route of which a request's path alone tells the key. */
export class HotRoute {
  private constructor(
    readonly template: string,
    private readonly options: CachedResourceOptions<unknown>,
    private readonly prefix: string,
    private readonly parameter: string,
    /** How its answers are told, by method. */
    readonly get: AnsweredRoute,
    readonly head: AnsweredRoute,
  ) {}

  /** @returns null where the key depends on more than one parameter of the path */
  static of(template: string, options: CachedResourceOptions<unknown>, events: HttpEvents): HotRoute | null {
    const [, prefix, parameter] = ONE_PARAMETER.exec(template) ?? [];
    if (prefix === undefined || parameter === undefined || options.group !== undefined) return null;
    return new HotRoute(
      template,
      options,
      prefix,
      parameter,
      events.route(template, 'GET'),
      events.route(template, 'HEAD'),
    );
  }

  matches(url: string): boolean {
    return url.startsWith(this.prefix);
  }

  /** The key that a matching address asks for; null where it is not as plain as it would have to be. */
  keyOf(url: string): CacheKey | null {
    const value = url.slice(this.prefix.length);
    return PLAIN.test(value) ? this.options.key({ [this.parameter]: value }) : null;
  }
}
