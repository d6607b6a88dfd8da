import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A word that the glossary (docs/architecture.md) or the rules of style replace by another one. */
interface Banned {
  readonly pattern: RegExp;
  /** The word to use instead. */
  readonly use: string;
  /** Whether identifiers may hold it: these words mean something else in code. Default: false. */
  readonly proseOnly?: true;
  /** Where it is banned: the beginning of a path. Default: everywhere. */
  readonly in?: string;
}

const BANNED: readonly Banned[] = [
  { pattern: /\b(?:un)?told\b/i, use: 'emitted, reported, notified, called, or synced / unsynced' },
  { pattern: /\btell(?:s|ing|ings)?\b/i, use: 'emit, report, notify, say, or invalidation' },
  { pattern: /\bcan not\b/i, use: 'cannot', proseOnly: true },
  { pattern: /\bdoubt\w*/i, use: 'untrusted (L2), suspect (an L1 entry)' },
  { pattern: /\bbeliev\w*/i, use: 'trusted' },
  { pattern: /\bover(?:took|tak)\w*/i, use: 'superseded' },
  { pattern: /\bglanc\w*/i, use: 'batch get' },
  { pattern: /\blast resort\b/i, use: 'stale-if-error' },
  { pattern: /\bfailure memory\b/i, use: 'negative (error) caching' },
  { pattern: /\bmemory (?:tier|trust|sync|slots?|gauge)\b/i, use: 'L1' },
  { pattern: /\bshared (?:tier|trust|trip|peek)\b/i, use: 'L2' },
  { pattern: /\bgates?\b/i, use: 'admission' },
  { pattern: /\bwho(?:m)?ever\b/i, use: 'a noun: the caller, the client, the operator' },
  { pattern: /\bnobody\b/i, use: 'a noun: no process, no client' },
  { pattern: /\bfor ever\b/i, use: 'without limit, never ends' },
  { pattern: /\bof which\b/i, use: 'two sentences, or whose' },
  { pattern: /\banew\b/i, use: 'again, or re-create, replace, restart' },
  { pattern: /\ball the same\b/i, use: 'still' },
  { pattern: /\blearnt\b/i, use: 'derived, known' },
  { pattern: /\bwhat is kept\b/i, use: 'a noun: the entry' },
  {
    pattern: /\b(?:products?|categor(?:y|ies)|(?:un)?categori[sz]ed)\b/i,
    use: 'row, entity, group; articles in examples. No lib knows the tables of an application',
    in: 'libs/',
  },
  { pattern: /\bbehind (?:their|its|the readers['’]) backs?\b/i, use: 'in the background' },
];

/** Texts in which a banned word stays. `in` is the beginning of a path. */
const EXCEPTIONS: readonly { readonly text: string; readonly in: string; readonly because: string }[] = [
  { text: 'nobody', in: 'apps/local/', because: 'the name of a user of the operating system' },
  { text: 'HotshelfRedisDoubted', in: '', because: 'the name of an alert: routes and silences use it' },
  { text: 'doubted', in: 'docs/operations.md', because: 'a value in the answer of /health: probes read it' },
  { text: "'doubted'", in: 'test/faults/', because: 'a value in the answer of /health: probes read it' },
  { text: "'doubted'", in: 'libs/health/', because: 'a value in the answer of /health: probes read it' },
  { text: 'pod-readiness-gate-inject', in: 'docs/deployment.md', because: 'a label of the AWS controller' },
];

/** Not written by hand, released and never edited (migrations), or the rule itself, which has to name the words. */
const NOT_CHECKED =
  /^(?:package-lock\.json|docs\/openapi\.json|apps\/api\/src\/catalogue\/migrations\/0|test\/support\/generated\/|test\/(?:unit\/)?lint\/words)/;

/** A use of a banned word. */
export interface Finding {
  /** `file:line` */
  readonly place: string;
  readonly word: string;
  /** The word to use instead. */
  readonly use: string;
}

/** An identifier in words: `wasToldOnce` and `was_told_once` are `was Told Once`. */
const inWords = (line: string) => line.replaceAll('_', ' ').replace(/(?<=[a-z])(?=[A-Z])/g, ' ');

/**
 * Finds banned words in a text and in the name of its file, also as a part of an identifier.
 *
 * @param name of the file, as git lists it; shown in findings
 */
export function bannedWordsIn(text: string, name: string): Finding[] {
  const lines = [name.replaceAll(/[/.-]/g, ' '), ...text.split('\n')];
  return lines.flatMap((line, number) => {
    const prose = withoutExceptions(line, name);
    const words = inWords(prose);
    return BANNED.flatMap(({ pattern, use, proseOnly, in: folder = '' }) => {
      if (!name.startsWith(folder)) return [];
      const [word] = pattern.exec(proseOnly ? prose : words) ?? [];
      return word === undefined ? [] : [{ place: number === 0 ? name : `${name}:${number}`, word, use }];
    });
  });
}

function withoutExceptions(line: string, name: string): string {
  return EXCEPTIONS.reduce(
    (left, { text, in: beginning }) => (name.startsWith(beginning) ? left.replaceAll(text, '') : left),
    line,
  );
}

const CHECKED = ['*.ts', '*.md', '*.yaml', '*.yml', '*.json'];

/**
 * Checks the files that git tracks.
 *
 * @param root of a working tree
 */
export function bannedWordsBelow(root: string): Finding[] {
  const listed = execFileSync('git', ['ls-files', '--', ...CHECKED], { cwd: root, encoding: 'utf8' });
  const files = listed.split('\n').filter((file) => file !== '' && !NOT_CHECKED.test(file));
  return (
    files
      // Git still lists a file whose removal is not committed.
      .filter((file) => existsSync(join(root, file)))
      .flatMap((file) => bannedWordsIn(readFileSync(join(root, file), 'utf8'), file))
  );
}

if (import.meta.main) {
  const findings = bannedWordsBelow(join(import.meta.dirname, '../..'));
  for (const { place, word, use } of findings)
    process.stderr.write(`${place}  "${word}"\n  use instead: ${use}\n`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
