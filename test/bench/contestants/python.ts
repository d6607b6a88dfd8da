import { join } from 'node:path';
import { PackagesUnavailable, unpackedProgram } from '#src/apps/local/src/debian-packages';
import { unpackedPackages } from '../../support/debian-packages.ts';
import type { Runtime } from './contestant.ts';

const PYTHON = 'python3.13';
const PACKAGES = [
  'python3-minimal',
  'python3-fastapi',
  'python3-uvicorn',
  'python3-uvloop',
  'python3-httptools',
  'python3-asyncpg',
  'python3-redis',
  'python3-hiredis',
  'python3-orjson',
];
const NEEDED = /^(?:python3.+|lib.+|zlib1g|media-types|tzdata)$/;

/**
 * FastAPI and what it runs best on, from Debian's packages, unpacked below .hotshelf/ without touching the system.
 *
 * @returns why they cannot be had on this machine, where they cannot
 */
export async function pythonRuntime(): Promise<Runtime> {
  try {
    const folder = await unpackedPackages({
      name: 'fastapi',
      suite: 'trixie',
      packages: PACKAGES,
      dependencies: NEEDED,
    });
    const python = await unpackedProgram(folder, PYTHON);
    if (python === undefined) return { kind: 'missing', reason: `${folder} has no ${PYTHON}` };
    const environment = {
      PYTHONHOME: join(folder, 'usr'),
      PYTHONPATH: join(folder, 'usr/lib/python3/dist-packages'),
    };
    return { kind: 'found', interpreter: [python.command, ...python.args], environment };
  } catch (error) {
    if (error instanceof PackagesUnavailable) return { kind: 'missing', reason: error.message };
    throw error;
  }
}
