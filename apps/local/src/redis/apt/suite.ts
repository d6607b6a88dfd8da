import { readFile } from 'node:fs/promises';
import type { SourceStanza } from './sources.js';

/** What /etc/os-release tells of a distribution; see os-release(5). */
export interface Distribution {
  readonly id: string;
  /** Missing where a distribution has no numbered releases, such as Debian's testing. */
  readonly version: number | undefined;
  readonly codename: string | undefined;
}

/** The Debian release with Redis 8.0; older ones have 7.0 or less. */
const DEBIAN_WITH_REDIS_8 = { version: 13, codename: 'trixie' };

/** Which distribution this machine runs; undefined where it does not say. */
export async function thisDistribution(file = '/etc/os-release'): Promise<Distribution | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const field = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1];
  const id = field('ID');
  if (id === undefined) return undefined;
  const version = Number.parseInt(field('VERSION_ID') ?? '', 10);
  return { id, version: Number.isNaN(version) ? undefined : version, codename: field('VERSION_CODENAME') };
}

/**
 * The sources to take Redis from: the machine's own as they are; on a Debian older than trixie the same mirrors, but
 * trixie's suites.
 */
export function redisSources(stanzas: readonly SourceStanza[], distribution: Distribution): SourceStanza[] {
  const { id, version, codename } = distribution;
  const old = id === 'debian' && version !== undefined && version < DEBIAN_WITH_REDIS_8.version;
  if (!old || codename === undefined) return [...stanzas];
  // Other people's sources have suites and components of their own, which need not exist for trixie.
  const own = new RegExp(`^(?:${codename}|(?:old)*stable)(?=$|-updates$|-security$)`);
  return stanzas.flatMap((stanza) => {
    const suites = (stanza.get('suites') ?? '').split(/\s+/).filter((suite) => own.test(suite));
    const main = (stanza.get('components') ?? '').split(/\s+/).includes('main');
    if (suites.length === 0 || !main) return [];
    const newer = suites.map((suite) => suite.replace(own, DEBIAN_WITH_REDIS_8.codename));
    return [new Map([...stanza, ['suites', newer.join(' ')], ['components', 'main']])];
  });
}
