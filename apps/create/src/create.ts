import { relative } from 'node:path';
import { Refusal, readFlags, USAGE } from './flags.ts';
import { type Needed, OUTBOX_SCRIPT, type Plan, type PlannedFile, planFiles, writeFiles } from './plan.ts';

export interface Output {
  out(text: string): void;
  error(text: string): void;
}

const DONE = 0;
const FAILED = 1;
const USAGE_ERROR = 2;

/**
 * Runs the command.
 *
 * @param args behind the name of the program
 * @param needed what an application needs
 * @param now stamps the migration
 * @returns the exit code: 0, 1 if the application cannot be changed so, 2 for arguments that are not understood
 */
export function create(args: readonly string[], needed: Needed, now: Date, { out, error }: Output): number {
  const call = readFlags(args);
  if (call.kind === 'help') {
    out(`${USAGE}\n`);
    return DONE;
  }
  if (call.kind === 'refused') {
    error(`${call.complaint}\n`);
    return USAGE_ERROR;
  }
  const { flags } = call;
  try {
    const plan = planFiles(flags, needed, now);
    const conflicts = plan.files.filter(({ becomes }) => becomes === 'conflict');
    if (flags.isDryRun) out('Dry run: nothing is written.\n\n');
    else if (conflicts.length === 0) writeFiles(plan.project.folder, plan.files);
    const listed = flags.isDryRun || conflicts.length === 0 ? plan.files : conflicts;
    for (const file of listed) out(lineOf(file, flags.isDryRun));
    if (conflicts.length > 0) {
      error(
        'Nothing is written: what is there has other content, and is never overwritten. Move it, or choose another --name\n',
      );
      return FAILED;
    }
    const isChanged = plan.files.some(({ becomes }) => becomes !== 'unchanged');
    if (isChanged && !flags.isDryRun) out(nextSteps(plan, flags.wanted.name, flags.wanted.key));
    return DONE;
  } catch (failure) {
    if (!(failure instanceof Refusal)) throw failure;
    error(`${failure.message}\n`);
    return FAILED;
  }
}

function lineOf({ path, becomes, before, after }: PlannedFile, isDryRun: boolean): string {
  const line = `${becomes.padEnd(9)} ${path}\n`;
  if (!isDryRun || becomes === 'unchanged') return line;
  const diff = lineDiff(before, after);
  return `${line}${diff.replaceAll(/^/gm, '    ')}\n`;
}

const MODEL =
  'add version (bigint) and last_updated (timestamptz) to the model of the table, if there is one: what is not in it may be dropped';

function nextSteps({ project, place, files }: Plan, name: string, key: string): string {
  const migration = files.find(({ path }) => path.endsWith('.up.sql'))?.path ?? '';
  const command = place.tool === 'sql' ? `${place.command} ${migration}` : place.command;
  const manager = packageManagerOf(project);
  const here = relative(process.cwd(), project.folder);
  const steps = [
    `${here === '' ? '' : `cd ${here} && `}${manager} install`,
    'set DATABASE_URL and REDIS_URL',
    `${manager} run build && ${manager} run ${OUTBOX_SCRIPT}, which makes the outbox`,
    `${command}, once the table is there`,
    ...(place.hasModels ? [MODEL] : []),
    `${manager} start, and GET /${name}/<${key}>`,
  ];
  return `\nNext:\n${steps.map((step, at) => `  ${at + 1}. ${step}\n`).join('')}`;
}

const LOCK_FILES = { 'pnpm-lock.yaml': 'pnpm', 'yarn.lock': 'yarn', 'bun.lock': 'bun' };

const packageManagerOf = ({ files }: Plan['project']) =>
  Object.entries(LOCK_FILES).find(([file]) => files.includes(file))?.[1] ?? 'npm';

/** Lines around a change that are shown too. */
const CONTEXT = 2;

interface Line {
  readonly sign: ' ' | '+' | '-';
  readonly text: string;
}

/** What a change of a text adds and removes, line by line, as diff shows it. */
function lineDiff(before: string, after: string): string {
  const lines = compare(linesOf(before), linesOf(after));
  const isNear = (at: number) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== ' ');
  const shown: string[] = [];
  lines.forEach(({ sign, text }, at) => {
    if (isNear(at)) shown.push(`${sign} ${text}`);
    else if (at > 0 && isNear(at - 1)) shown.push('  …');
  });
  return shown.at(-1) === '  …' ? shown.slice(0, -1).join('\n') : shown.join('\n');
}

const linesOf = (text: string) => (text === '' ? [] : text.replace(/\r?\n$/, '').split(/\r?\n/));

/** By the longest common subsequence; sources and package.json are short. */
function compare(before: readonly string[], after: readonly string[]): Line[] {
  // longest[i][j] of before from i and after from j
  const longest = Array.from({ length: before.length + 1 }, () => new Uint32Array(after.length + 1));
  const at = (i: number, j: number) => longest[i]?.[j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1) {
      const row = longest[i];
      if (row !== undefined)
        row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  const lines: Line[] = [];
  for (let i = 0, j = 0; i < before.length || j < after.length; ) {
    const [old = '', fresh = ''] = [before[i], after[j]];
    if (i < before.length && j < after.length && old === fresh) {
      lines.push({ sign: ' ', text: old });
      i += 1;
      j += 1;
    } else if (i < before.length && (j === after.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ sign: '-', text: old });
      i += 1;
    } else {
      lines.push({ sign: '+', text: fresh });
      j += 1;
    }
  }
  return lines;
}
