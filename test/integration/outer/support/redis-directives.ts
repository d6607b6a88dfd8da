const UNITS: Readonly<Record<string, number>> = { kb: 1024, mb: 1024 ** 2, gb: 1024 ** 3 };

/** The directives of a redis.conf, by name: a value as CONFIG GET would give it. */
export function redisDirectives(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => line.trim());
  return new Map(
    lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const [name = '', ...words] = line.split(/\s+/);
        return [name, words.map(plain).join(' ')];
      }),
  );
}

function plain(word: string): string {
  const size = /^(\d+)(kb|mb|gb)$/.exec(word);
  if (size) return String(Number(size[1]) * (UNITS[size[2] ?? ''] ?? 1));
  return word === '""' ? '' : word;
}
