import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Execution, execute } from '../exec.js';
import { formatSources, type SourceStanza } from './sources.js';

const UPDATE_TIMEOUT_MS = 180_000;
const QUERY_TIMEOUT_MS = 30_000;

/** An apt that keeps everything it writes in a folder of ours, and knows only the sources it was given. */
export interface PrivateApt {
  /** Fetches the lists of the sources. */
  update(): Promise<Execution>;
  /** Runs an apt-cache query. */
  query(args: readonly string[]): Promise<Execution>;
  /** Fetches packages, checked against the signed lists, into a folder. */
  download(packages: readonly string[], into: string): Promise<Execution>;
}

/**
 * Sets up an apt of our own. The machine's proxy and its access to private mirrors stay in force; its state, cache,
 * sources and hooks don't. Needs no root.
 *
 * @param folder everything is kept below it
 */
export async function makePrivateApt(folder: string, sources: readonly SourceStanza[]): Promise<PrivateApt> {
  const config = path.join(folder, 'apt.conf');
  await mkdir(path.join(folder, 'state/lists/partial'), { recursive: true });
  await mkdir(path.join(folder, 'cache/archives/partial'), { recursive: true });
  await writeFile(path.join(folder, 'state/status'), '');
  await writeFile(path.join(folder, 'own.sources'), formatSources(sources));
  await writeFile(config, configText(folder));
  const run = (command: string, args: readonly string[], timeoutMs: number, cwd = folder) =>
    execute(command, ['-c', config, ...args], { timeoutMs, cwd });
  return {
    update: () => run('apt-get', ['-q', 'update'], UPDATE_TIMEOUT_MS),
    query: (args) => run('apt-cache', args, QUERY_TIMEOUT_MS),
    download: (packages, into) => run('apt-get', ['-q', 'download', ...packages], UPDATE_TIMEOUT_MS, into),
  };
}

function configText(folder: string): string {
  // The hooks after an update clean and refresh the system's own caches, which are none of our business.
  return `#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State "${folder}/state";
Dir::State::Lists "${folder}/state/lists";
Dir::State::status "${folder}/state/status";
Dir::Cache "${folder}/cache";
Dir::Cache::archives "${folder}/cache/archives";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Etc::sourcelist "${folder}/own.sources";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "1";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
`;
}
