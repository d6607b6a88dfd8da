import { execFileSync } from 'node:child_process';
import { commandLine } from '../apps/local/src/command-line.ts';
import { type Commit, releaseNotes } from './conventional-commits.ts';

const USAGE = `npm run release-notes [-- --from TAG] [--to TAG]

Writes release notes from the conventional commits between two tags, as Markdown.

  --from TAG    the release before; by default the tag before --to, or the first commit
  --to TAG      the release, or any commit; by default HEAD
  --help        this text`;

const { from, to } = commandLine({
  usage: USAGE,
  options: { from: { type: 'string' }, to: { type: 'string', default: 'HEAD' } },
}).values;

const git = (...args: string[]) =>
  execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });

function tagBefore(commit: string): string | undefined {
  try {
    return git('describe', '--tags', '--abbrev=0', '--match', 'v*', `${commit}^`).trim();
  } catch {
    // The first release has none before it.
    return undefined;
  }
}

function commitsBetween(first: string | undefined, last: string): Commit[] {
  // Fields end with a unit separator and commits with a record separator, which no message has.
  const range = first === undefined ? last : `${first}..${last}`;
  const text = git('log', '--no-merges', '--reverse', '--format=%h%x1f%s%x1f%b%x1e', range);
  return text
    .split('\x1e')
    .map((record) => record.trim().split('\x1f'))
    .filter(([hash]) => hash !== undefined && hash !== '')
    .map(([hash = '', subject = '', body = '']) => ({ hash, subject, body }));
}

const before = from ?? tagBefore(to);
process.stdout.write(releaseNotes(commitsBetween(before, to), { from: before, to }));
