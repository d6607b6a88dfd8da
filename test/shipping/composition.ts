import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unpackedPackages } from '../support/debian-packages.ts';
import { runCommand } from '../support/run-command.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Service {
  readonly command?: readonly string[] | null;
  readonly ports?: readonly { host_ip?: string }[];
  readonly cpus?: number;
  readonly mem_limit?: string;
  readonly pids_limit?: number;
}

/**
 * Has docker-compose itself read compose.yaml with every profile, as `config` does, and judges what it made of it.
 *
 * @param change what to do to the text of compose.yaml first; default: nothing
 * @returns a line for each fault
 */
export async function compositionFaults(change = (text: string) => text): Promise<string[]> {
  const packages = await unpackedPackages({
    name: 'docker-compose',
    packages: ['docker-compose'],
    suite: 'sid',
  });
  const compose = join(packages, 'usr/libexec/docker/cli-plugins/docker-compose');
  const scratch = await mkdtemp(join(tmpdir(), 'hotshelf-compose-'));
  try {
    // A copy, so that passwords of a real composition are neither read nor made.
    const filter = (path: string) => !/\/(?:secrets|\.env)$/.test(path);
    await cp(join(ROOT, 'docker'), join(scratch, 'docker'), { recursive: true, filter });
    await runCommand(join(scratch, 'docker/secrets.sh'), [], {});
    const path = join(scratch, 'docker/compose.yaml');
    await writeFile(path, change(await readFile(path, 'utf8')));
    const options = ['--file', path, '--profile', '*', 'config', '--format', 'json'];
    const { code, output } = await runCommand(compose, options, {});
    if (code !== 0) return [output.trim()];
    const { services } = JSON.parse(output) as { services: Readonly<Record<string, Service>> };
    const passwords = await Promise.all(
      ['postgres-password', 'redis-password', 'redis-operator-password', 'grafana-password'].map((name) =>
        readFile(join(scratch, 'docker/secrets', name), 'utf8'),
      ),
    );
    return Object.entries(services).flatMap(([name, service]) => serviceFaults(name, service, passwords));
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function serviceFaults(name: string, service: Service, passwords: readonly string[]): string[] {
  const command = (service.command ?? []).join(' ');
  const bounds = [service.cpus, service.mem_limit, service.pids_limit];
  return [
    ...(bounds.includes(undefined) ? [`${name} has no bound of its processors, memory or processes`] : []),
    ...(service.ports ?? [])
      .filter(({ host_ip: address }) => address !== '127.0.0.1')
      .map(({ host_ip: address = 'every address' }) => `${name} is published on ${address}`),
    ...(passwords.some((password) => command.includes(password))
      ? [`${name} has a password on its command line`]
      : []),
  ];
}
