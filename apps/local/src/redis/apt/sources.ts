import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';

/** One stanza of apt's sources in the deb822 form, field by field; field names are in lower case. */
export type SourceStanza = ReadonlyMap<string, string>;

/** The binary package sources that this machine's apt uses, those of both of its forms in the newer one. */
export async function machineSources(etcApt = '/etc/apt'): Promise<SourceStanza[]> {
  const parts = path.join(etcApt, 'sources.list.d');
  const names = await readdir(parts).catch(() => []);
  const files = [path.join(etcApt, 'sources.list'), ...names.sort().map((name) => path.join(parts, name))];
  const stanzas: SourceStanza[] = [];
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (file.endsWith('.sources')) stanzas.push(...parseDeb822(text));
    else if (file.endsWith('.list')) stanzas.push(...parseOneLine(text));
  }
  return stanzas;
}

/** See sources.list(5), "DEB822-STYLE FORMAT". */
export function parseDeb822(text: string): SourceStanza[] {
  const stanzas: SourceStanza[] = [];
  for (const block of text.split(/\n\s*\n/)) {
    const stanza = new Map<string, string>();
    let last = '';
    for (const line of block.split('\n')) {
      if (line.startsWith('#')) continue;
      const field = /^([^\s:]+):\s*(.*)$/.exec(line);
      if (field?.[1] !== undefined) {
        last = field[1].toLowerCase();
        stanza.set(last, field[2] ?? '');
      } else if (/^\s/.test(line) && last !== '') {
        // A continuation, such as the lines of a key within Signed-By.
        stanza.set(last, `${stanza.get(last)}\n${line}`);
      }
    }
    if (isBinarySource(stanza)) stanzas.push(new Map([...stanza, ['types', 'deb']]));
  }
  return stanzas;
}

const ONE_LINE = /^deb\s+(?:\[(?<options>[^\]]*)\]\s+)?(?<uri>\S+)\s+(?<suite>\S+)(?<components>[^#]*)/;
const OPTION_FIELDS: Record<string, string> = { arch: 'architectures', lang: 'languages', target: 'targets' };

/** See sources.list(5), "ONE-LINE-STYLE FORMAT". */
export function parseOneLine(text: string): SourceStanza[] {
  const stanzas: SourceStanza[] = [];
  for (const line of text.split('\n')) {
    const found = ONE_LINE.exec(line.trim())?.groups;
    if (found === undefined) continue;
    const stanza = new Map([
      ['types', 'deb'],
      ['uris', found['uri'] ?? ''],
      ['suites', found['suite'] ?? ''],
    ]);
    const components = found['components']?.trim() ?? '';
    if (components !== '') stanza.set('components', components);
    for (const option of (found['options'] ?? '').split(/\s+/)) {
      const [name, value] = option.split('=', 2);
      if (name && value) stanza.set(OPTION_FIELDS[name] ?? name, value.replaceAll(',', ' '));
    }
    if (isBinarySource(stanza)) stanzas.push(stanza);
  }
  return stanzas;
}

/** The text of a `.sources` file with these stanzas. */
export function formatSources(stanzas: readonly SourceStanza[]): string {
  return stanzas
    .map((stanza) => [...stanza].map(([field, value]) => `${field}: ${value}\n`).join(''))
    .join('\n');
}

function isBinarySource(stanza: SourceStanza): boolean {
  const types = stanza.get('types')?.split(/\s+/) ?? [];
  const disabled = /^(no|false|off|0)$/i.test(stanza.get('enabled') ?? '');
  // A CD can't be fetched from, and asks for itself to be inserted.
  const onDisc = stanza.get('uris')?.startsWith('cdrom:') === true;
  return types.includes('deb') && !disabled && !onDisc;
}
