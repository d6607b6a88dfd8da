import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { terraformFaults } from '../../shipping/terraform/faults.ts';
import { formatted } from '../../shipping/terraform/format.ts';
import type { Schema } from '../../shipping/terraform/schema.ts';
import { projectFile, ROOT } from './support/project.ts';

const schema = JSON.parse(projectFile('test/shipping/terraform/provider-schema.json')) as Schema;

describe('the Terraform modules', () => {
  let copy: string;

  before(async () => {
    copy = await mkdtemp(join(tmpdir(), 'hotshelf-terraform-'));
  });
  after(() => rm(copy, { recursive: true }));

  it('parse, and name only what is there', async () => {
    const faults = await terraformFaults(join(ROOT, 'deploy/terraform'), schema);
    assert.equal(faults.size, 8);
    assert.deepEqual([...faults.values()].flat(), []);
  });

  for (const { name, file, from, to, fault } of [
    {
      name: 'a syntax error',
      file: 'modules/edge/main.tf',
      from: 'resource "aws_lb" "this" {',
      to: 'resource "aws_lb" "this"',
      fault: /edge\/main\.tf/,
    },
    {
      name: 'a variable without a type',
      file: 'modules/redis/variables.tf',
      from: /(variable "vpc_id" \{\n.*\n) {2}type .*\n/,
      to: '$1',
      fault: /^var\.vpc_id has no type$/,
    },
    {
      name: 'a variable without a description',
      file: 'modules/redis/variables.tf',
      from: /(variable "vpc_id" \{\n) .*\n/,
      to: '$1',
      fault: /^var\.vpc_id has no description$/,
    },
    {
      name: 'a variable that nothing uses',
      file: 'modules/postgres/main.tf',
      from: 'var.backup_retention_days',
      to: '14',
      fault: /^var\.backup_retention_days is used nowhere$/,
    },
    {
      name: 'a reference to a variable that is not declared',
      file: 'modules/cluster/main.tf',
      from: /name( +)= var\.name\n/,
      to: 'name$1= var.nmae\n',
      fault: /^var\.nmae is declared nowhere$/,
    },
    {
      name: 'a reference to a resource that is not declared',
      file: 'modules/network/main.tf',
      from: 'gateway_id             = aws_internet_gateway.this.id',
      to: 'gateway_id             = aws_internet_gateway.that.id',
      fault: /^aws_internet_gateway\.that is declared nowhere$/,
    },
    {
      name: 'an attribute that a resource does not have',
      file: 'modules/network/outputs.tf',
      from: 'aws_vpc.this.id',
      to: 'aws_vpc.this.vpc_id',
      fault: /^aws_vpc\.this\.vpc_id is no attribute of the type$/,
    },
    {
      name: 'an argument that a resource does not have',
      file: 'modules/postgres/main.tf',
      from: '  multi_az ',
      to: '  multi_zone ',
      fault: /^aws_db_instance\.primary has no argument multi_zone$/,
    },
    {
      name: 'an argument that a nested block does not have',
      file: 'modules/edge/main.tf',
      from: '    matcher ',
      to: '    status ',
      fault: /^aws_lb_target_group\.this\.health_check has no argument status$/,
    },
    {
      name: 'a required argument that is missing',
      file: 'modules/cluster/main.tf',
      from: /role_arn +=.*control_plane\.arn\n/,
      to: '\n',
      fault: /^aws_eks_cluster\.this lacks role_arn$/,
    },
    {
      name: 'an argument that a module does not take',
      file: 'examples/production/main.tf',
      from: 'certificate_arn       = var.certificate_arn',
      to: 'certificate           = var.certificate_arn',
      fault: /^module\.edge has no variable certificate$/,
    },
    {
      name: 'an argument that a module needs and is not given',
      file: 'examples/production/main.tf',
      from: '  target_group_arn        = module.edge.target_group_arn\n',
      to: '\n',
      fault: /^module\.roles lacks target_group_arn$/,
    },
    {
      name: 'an output that a module does not have',
      file: 'examples/production/outputs.tf',
      from: 'module.postgres.address',
      to: 'module.postgres.host',
      fault: /^module\.postgres\.host is no output of it$/,
    },
    {
      name: 'an output without a description',
      file: 'modules/roles/outputs.tf',
      from: /\n {2}description.*/,
      to: '',
      fault: /^output\.role_arns has no description$/,
    },
    {
      name: 'each without for_each',
      file: 'modules/observability/main.tf',
      from: '  for_each = var.email_addresses\n',
      to: '',
      fault: /^aws_sns_topic_subscription\.email uses each without for_each$/,
    },
    {
      name: 'a provider that is not asked for',
      file: 'modules/redis/versions.tf',
      from: /\n {4}random = \{[^}]*\}/,
      to: '',
      fault: /^versions\.tf does not ask for random$/,
    },
    {
      name: 'a file that is not formatted',
      file: 'modules/network/main.tf',
      from: 'cidr_block           = var.cidr',
      to: 'cidr_block = var.cidr',
      fault: /^main\.tf is not formatted/,
    },
  ]) {
    it(`are refused for ${name}`, async () => {
      const folder = join(copy, name.replaceAll(' ', '-'));
      await cp(join(ROOT, 'deploy/terraform'), folder, { recursive: true });
      const text = await readFile(join(folder, file), 'utf8');
      const broken = text.replace(from, to);
      assert.ok(broken !== text, 'the file holds nothing to break');
      await writeFile(join(folder, file), broken);
      const faults = [...(await terraformFaults(folder, schema)).values()].flat();
      assert.ok(
        faults.some((line) => fault.test(line)),
        faults.join('\n'),
      );
    });
  }

  it('are laid out as terraform fmt does', () => {
    const text = 'a "b" {\n x = 1\n   longer = [\n"a",\n]\n yy = f({\nz=1\n long = 2\n})\n}';
    const laidOut =
      'a "b" {\n  x = 1\n  longer = [\n    "a",\n  ]\n  yy = f({\n    z    = 1\n    long = 2\n  })\n}\n';
    assert.equal(formatted(text), laidOut);
  });

  it('take only Graviton machines, keep passwords out of variables, and open Redis and Postgres to the service alone', () => {
    const read = (path: string) => projectFile(`deploy/terraform/${path}`);
    for (const [module, variable] of [
      ['cluster', 'nodes.instance_types'],
      ['redis', 'node_type'],
      ['postgres', 'instance_class'],
    ])
      assert.match(read(`modules/${module}/variables.tf`), new RegExp(`${variable}.* Graviton`), module);
    for (const module of ['redis', 'postgres']) {
      assert.doesNotMatch(read(`modules/${module}/main.tf`), /cidr_ipv4/, module);
      assert.doesNotMatch(read(`modules/${module}/variables.tf`), /variable "[^"]*password/, module);
    }
    const [, acl = ''] = /^user hotshelf (.*)$/m.exec(projectFile('docker/redis/users.acl')) ?? [];
    const rights = [...acl.matchAll(/\+(\S+)/g)].map(([, right]) => right);
    const [, listed = ''] = /commands = \[([^\]]*)\]/.exec(read('modules/redis/main.tf')) ?? [];
    assert.deepEqual(listed.match(/[a-z|]+/g), [...rights, 'cluster|slots', 'cluster|info']);
    assert.match(read('modules/redis/main.tf'), /transit_encryption_mode\s+= "required"/);
    assert.match(read('modules/postgres/main.tf'), /"rds.force_ssl"\s+= \{ value = "1"/);
  });
});
