import { projectFile } from './project.ts';

export interface Instruction {
  readonly stage: string;
  readonly keyword: string;
  readonly rest: string;
}

/** The Dockerfile's instructions, without comments and with continued lines joined. */
export function dockerfileInstructions(): Instruction[] {
  const text = projectFile('docker/Dockerfile')
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n\s*/g, '');
  let stage = '';
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [keyword = '', ...words] = line.split(/\s+/);
      if (keyword === 'FROM') stage = /\sAS\s+(\S+)$/.exec(line)?.[1] ?? '';
      return { stage, keyword, rest: words.join(' ') };
    });
}

/** The instructions of one kind in one stage. */
export function instructionsOf(stage: string, keyword: string): string[] {
  return dockerfileInstructions()
    .filter((instruction) => instruction.stage === stage && instruction.keyword === keyword)
    .map(({ rest }) => rest);
}

/** What a COPY brings, from another stage or from the build's context, and where it puts it. */
export interface Copy {
  readonly from: string | undefined;
  readonly sources: readonly string[];
  readonly target: string;
}

export function parseCopy(rest: string): Copy {
  const words = rest.split(' ');
  const from = words.find((word) => word.startsWith('--from='))?.slice('--from='.length);
  const paths = words.filter((word) => !word.startsWith('--'));
  return { from, sources: paths.slice(0, -1), target: paths.at(-1) ?? '' };
}
