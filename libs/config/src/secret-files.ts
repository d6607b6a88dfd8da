import { readFileSync, statSync } from 'node:fs';

/** Far more than any secret, and far less than a log or a disk that a slip of the hand names. */
const MAX_BYTES = 65_536;

/** The variable that names the file with the value of another one. */
export function fileVariableOf(name: string): string {
  return `${name}_FILE`;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Secrets that were read from files. */
export interface SecretFiles {
  /** The environment with the secrets in it, and without the names of their files. */
  readonly environment: Environment;
  /** The file of each variable that was read from one. */
  readonly files: ReadonlyMap<string, string>;
  readonly broken: readonly { readonly name: string; readonly message: string }[];
}

/**
 * Reads the files that `<NAME>_FILE` names for secret variables, as container platforms mount secrets. An empty variable counts
 * as one that is not set: Compose files set variables to the empty text.
 *
 * @param secrets the names of the variables with secret values
 */
export function readSecretFiles(secrets: readonly string[], environment: Environment): SecretFiles {
  const read: Record<string, string | undefined> = { ...environment };
  const files = new Map<string, string>();
  const broken: { name: string; message: string }[] = [];
  for (const name of secrets) {
    const fileVariable = fileVariableOf(name);
    const file = read[fileVariable];
    delete read[fileVariable];
    if (file === undefined || file === '') continue;
    if (read[name]) {
      broken.push({ name, message: `${name} and ${fileVariable} are both set; set one of them.` });
      continue;
    }
    const found = textOf(file);
    if ('text' in found) {
      read[name] = found.text;
      files.set(name, file);
    } else {
      const message = `${fileVariable} must name a file that holds the value of ${name}; ${file} ${found.fault}.`;
      broken.push({ name, message });
    }
  }
  return { environment: read, files, broken };
}

/** The content without line ends after it, which editors and `echo` add. */
function textOf(file: string): { readonly text: string } | { readonly fault: string } {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return { fault: 'is not a regular file' };
    if (stats.size > MAX_BYTES) return { fault: `is larger than ${MAX_BYTES / 1_024} KiB` };
    const text = withoutLineEnds(readFileSync(file, 'utf8'));
    return text === '' ? { fault: 'is empty' } : { text };
  } catch (error) {
    return { fault: `cannot be read (${(error as NodeJS.ErrnoException).code})` };
  }
}

function withoutLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
