import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { readConfig } from '#libs/config';
import { runCommand } from '../../support/run-command.ts';
import { ROOT, yamlFile } from './support/project.ts';

interface Container {
  readonly image: string;
  readonly command?: string[];
  readonly env?: { name: string; value: string }[];
  readonly ports?: { name: string; containerPort: number }[];
  readonly securityContext: object;
  readonly resources: { limits: Record<string, string> };
  readonly livenessProbe?: { httpGet: { path: string; port: string } };
  readonly readinessProbe?: { httpGet: { path: string; port: string } };
}

interface Workload {
  readonly spec: {
    readonly selector?: { matchLabels: object };
    readonly template: {
      readonly metadata: { labels: object };
      readonly spec: {
        containers: Container[];
        securityContext: object;
        serviceAccountName: string;
        automountServiceAccountToken: boolean;
        terminationGracePeriodSeconds?: number;
      };
    };
  };
}

const FOLDER = 'deploy/k8s/base';
const read = <Document>(name: string) => yamlFile<Document>(`${FOLDER}/${name}`);
const deployment = read<Workload>('deployment.yaml').spec;
const job = read<Workload>('migrate-job.yaml').spec;
const [api] = deployment.template.spec.containers;
const [migrate] = job.template.spec.containers;

describe('the Kubernetes manifests', () => {
  it('are all named by the kustomization', () => {
    const { resources } = read<{ resources: string[] }>('kustomization.yaml');
    for (const name of resources) assert.ok(existsSync(join(ROOT, FOLDER, name)), name);
  });

  it('take the image of both workloads from one place in each overlay', () => {
    assert.equal(migrate?.image, api?.image);
    for (const overlay of ['local', 'production']) {
      const { images } = yamlFile<{ images: { name: string }[] }>(
        `deploy/k8s/overlays/${overlay}/kustomization.yaml`,
      );
      assert.deepEqual(
        images.map(({ name }) => name),
        [api?.image],
      );
    }
  });

  it('run the service and the migrations without a token of the Kubernetes API', () => {
    for (const { template } of [deployment, job]) {
      assert.equal(template.spec.automountServiceAccountToken, false);
      assert.equal(template.spec.serviceAccountName, 'hotshelf');
    }
  });

  it('have the alert rules of Prometheus, as they stand in docker/prometheus', async () => {
    const { code, output } = await runCommand(process.execPath, ['deploy/rules.ts', '--check'], {
      cwd: ROOT,
    });
    assert.equal(code, 0, output);
  });

  it('find the pods by the labels that they have', () => {
    const { labels } = deployment.template.metadata;
    const service = read<{ spec: { selector: object } }>('service.yaml');
    const budget = read<{ spec: { selector: { matchLabels: object } } }>('pod-disruption-budget.yaml');
    assert.deepEqual(deployment.selector?.matchLabels, labels);
    assert.deepEqual(service.spec.selector, labels);
    assert.deepEqual(read<{ spec: { selector: object } }>('metrics-service.yaml').spec.selector, labels);
    assert.deepEqual(budget.spec.selector.matchLabels, labels);
  });

  it('send traffic and probes to a port that the container names', () => {
    const targetsOf = (file: string) =>
      read<{ spec: { ports: { targetPort: string }[] } }>(file).spec.ports.map(
        ({ targetPort }) => targetPort,
      );
    const names = api?.ports?.map(({ name }) => name) ?? [];
    // Operators have a port of their own, and clients have no way to it.
    assert.deepEqual([targetsOf('service.yaml'), targetsOf('metrics-service.yaml')], [['http'], ['metrics']]);
    assert.deepEqual(names, ['http', 'metrics']);
    const { METRICS_PORT } = Object.fromEntries(api?.env?.map(({ name, value }) => [name, value]) ?? []);
    assert.equal(api?.ports?.[1]?.containerPort, Number(METRICS_PORT));
    assert.deepEqual(api?.livenessProbe?.httpGet, { path: '/health/live', port: names[0] });
    assert.deepEqual(api?.readinessProbe?.httpGet, { path: '/health/ready', port: names[0] });
  });

  it('give the service the time that it may take to stop, and some more', () => {
    const set = Object.fromEntries(api?.env?.map(({ name, value }) => [name, value]) ?? []);
    const { shutdownDelayMs, shutdownTimeoutMs } = readConfig({
      DATABASE_URL: 'postgres://x/x',
      ...set,
    }).process;
    // Otherwise connections come to a process that has stopped listening.
    assert.ok(shutdownDelayMs >= 3_000);
    const graceMs = 1_000 * (deployment.template.spec.terminationGracePeriodSeconds ?? 30);
    assert.ok(graceMs > shutdownDelayMs + shutdownTimeoutMs + 2_000);
  });

  it('run the migrations with a file that the build emits', () => {
    const script = migrate?.command?.at(-1) ?? '';
    assert.ok(existsSync(join(ROOT, script)), `${script} is not built`);
  });

  it('confine every container, and bound its memory but not its processor', () => {
    const confined = {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    };
    for (const container of [api, migrate]) {
      assert.deepEqual(container?.securityContext, confined);
      assert.deepEqual(Object.keys(container?.resources.limits ?? {}), ['memory']);
    }
    for (const { template } of [deployment, job]) {
      assert.deepEqual(template.spec.securityContext, {
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      });
    }
  });
});
