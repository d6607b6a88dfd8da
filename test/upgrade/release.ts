import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { API_ALLOCATION, API_NODE_FLAGS } from '#src/apps/local/src/api';
import { freePort } from '#src/apps/local/src/services';
import { endWithMe } from '../support/end-with-me.ts';
import { runCommand } from '../support/run-command.ts';
import { until } from '../support/until.ts';
import { WRITER_API_KEYS } from '../support/writer-key.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A built release of the service. */
export interface Release {
  readonly name: string;
  /** Brings the schema up to date, as the release does it. @throws Error if it fails */
  migrate(databaseUrl: string): Promise<void>;
  /** Starts a process of it, and waits until it is ready. */
  start(settings: Readonly<Record<string, string>>): Promise<RunningRelease>;
}

export interface RunningRelease {
  readonly url: string;
  /** @returns the exit code */
  stop(): Promise<number | null>;
  /** Lines of its log of the levels error and fatal, but for probes: a process that stops says that it is not ready. */
  errors(): string[];
}

/** The release of this checkout, which has been built. */
export const thisRelease = (): Release => releaseIn('this release', ROOT);

/**
 * A release of the history, built with its own dependencies in a folder of its own. The folder stays: a second run is quick.
 *
 * @param commit any name that git knows
 * @throws Error if git does not know it, or it cannot be built
 */
export async function releaseOf(commit: string): Promise<Release> {
  const found = await runCommand('git', ['rev-parse', '--verify', '--short', `${commit}^{commit}`], {
    cwd: ROOT,
  });
  const id = found.output.trim();
  if (found.code !== 0) throw new Error(`git knows no commit ${commit}`);
  const folder = join(ROOT, '.hotshelf', `release-${id}`);
  if (!existsSync(join(folder, 'built'))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await must('sh', ['-c', `git archive ${id} | tar -x -C '${folder}'`], ROOT);
    await must('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund'], folder);
    await must('npm', ['run', 'build'], folder);
    await must('touch', ['built'], folder);
  }
  return releaseIn(id, folder);
}

async function must(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, output } = await runCommand(command, args, { cwd });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed in ${cwd}:\n${output}`);
}

function releaseIn(name: string, folder: string): Release {
  const entry = (script: string) => join(folder, 'dist/apps/api/src', script);
  return {
    name,
    migrate: async (databaseUrl) => {
      const env = { PATH: process.env.PATH, DATABASE_URL: databaseUrl };
      const { code, output } = await runCommand(process.execPath, [entry('migrate.js')], {
        cwd: folder,
        env,
      });
      if (code !== 0) throw new Error(`the migrations of ${name} failed: ${output}`);
    },
    start: async (settings) => {
      const port = await freePort();
      const child = spawn(process.execPath, ['--enable-source-maps', ...API_NODE_FLAGS, entry('main.js')], {
        cwd: folder,
        env: {
          PATH: process.env.PATH,
          NODE_ENV: 'test',
          LOG_SAMPLE_RATE: '0',
          API_KEYS: WRITER_API_KEYS,
          PORT: String(port),
          ...API_ALLOCATION,
          ...settings,
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      endWithMe(child);
      let output = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          output += chunk;
        });
      const url = `http://127.0.0.1:${port}`;
      await until(
        `${name} is ready`,
        async () => {
          if (child.exitCode !== null) throw new Error(`it ended: ${output}`);
          return (await fetch(`${url}/health/ready`)).ok;
        },
        60_000,
      );
      return {
        url,
        errors: () =>
          output
            .split('\n')
            .filter((line) => /"level":(?:50|60|"error"|"fatal")/.test(line) && !line.includes('"/health/')),
        stop: async () => {
          child.kill('SIGTERM');
          const [code] = await once(child, 'exit');
          return code;
        },
      };
    },
  };
}
