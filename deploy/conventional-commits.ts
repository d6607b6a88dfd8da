/** A commit as Git has it. */
export interface Commit {
  readonly hash: string;
  readonly subject: string;
  readonly body: string;
}

interface Change {
  readonly type: string;
  readonly scope: string | undefined;
  readonly text: string;
  /** What a user has to change; undefined: nothing. */
  readonly breaking: string | undefined;
  readonly hash: string;
}

/** Types that users of the service see, in the order of the notes. */
const SECTIONS: Readonly<Record<string, string>> = { feat: 'Features', fix: 'Fixes', perf: 'Performance' };

/** Reads a commit by the rules of Conventional Commits 1.0; undefined if it is none. */
export function changeOf({ hash, subject, body }: Commit): Change | undefined {
  const [, type, scope, mark, text] = /^([a-z]+)(?:\(([^()]+)\))?(!)?: (.+)$/.exec(subject) ?? [];
  if (type === undefined || text === undefined) return undefined;
  const [, footer] = /^BREAKING[ -]CHANGE: ([^\n]+)/m.exec(body) ?? [];
  return { type, scope, text, breaking: footer ?? (mark === undefined ? undefined : text), hash };
}

/** Release notes in Markdown: breaking changes first, then features, fixes and performance; the rest as a number. */
export function releaseNotes(
  commits: readonly Commit[],
  { from, to }: { readonly from: string | undefined; readonly to: string },
): string {
  const changes = commits.map(changeOf).filter((change) => change !== undefined);
  const breaking = changes.flatMap((change) =>
    change.breaking === undefined ? [] : [line({ ...change, text: change.breaking })],
  );
  const sections = Object.entries(SECTIONS).map(([type, title]): [string, string[]] => [
    title,
    changes.filter((change) => change.type === type).map(line),
  ]);
  const shown = sections.reduce((sum, [, lines]) => sum + lines.length, 0);
  const others = commits.length - shown;
  return [
    ...section('Breaking changes', breaking),
    ...sections.flatMap(([title, lines]) => section(title, lines)),
    `${others} other commits (documentation, tests, refactoring)${from === undefined ? '' : `; ${from}...${to}`}.`,
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ''];
}

function line({ scope, text, hash }: Change): string {
  return `- ${scope === undefined ? '' : `**${scope}**: `}${text} (${hash})`;
}
