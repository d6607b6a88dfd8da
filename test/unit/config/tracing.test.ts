import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError, readConfig } from '#libs/config';

const tracingOf = (environment: Record<string, string>) =>
  readConfig({ DATABASE_URL: 'postgres://shop:hunter2@db.example:5432/shop', ...environment }).tracing;

const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('the settings of traces', () => {
  it('are off without an address, and if the SDK is disabled', () => {
    assert.equal(tracingOf({}).url, null);
    assert.equal(tracingOf({ ...endpoint, OTEL_SDK_DISABLED: 'true' }).url, null);
  });

  it('append the path of traces to the address', () => {
    assert.equal(tracingOf(endpoint).url, 'http://collector:4318/v1/traces');
    assert.equal(
      tracingOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://otlp.example/base/' }).url,
      'https://otlp.example/base/v1/traces',
    );
  });

  for (const [sampler, arg, followsParent, ratio] of [
    ['always_on', '', false, 1],
    ['always_off', '', false, 0],
    ['traceidratio', '0.25', false, 0.25],
    ['parentbased_always_on', '0.25', true, 1],
    ['parentbased_always_off', '', true, 0],
    ['parentbased_traceidratio', '', true, 1],
  ] as const)
    it(`reads the sampler ${sampler} with the argument "${arg}"`, () => {
      const config = tracingOf({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: arg });
      assert.deepEqual([config.followsParent, config.ratio], [followsParent, ratio]);
    });

  it('decode headers and attributes', () => {
    const config = tracingOf({
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Basic%20abc%3D, x-tenant = shop',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production',
    });
    assert.deepEqual(config.headers, { authorization: 'Basic abc=', 'x-tenant': 'shop' });
    assert.deepEqual(config.resource, { 'deployment.environment.name': 'production' });
  });

  for (const [name, value] of [
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://user:hunter2@collector:4318'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'hunter2'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x=hunter2%0d%0ay: z'],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'x=hunter2%'],
    ['OTEL_TRACES_SAMPLER', 'jaeger_remote'],
    ['OTEL_TRACES_SAMPLER_ARG', '1.5'],
    ['OTEL_SDK_DISABLED', 'yes'],
  ] as const)
    it(`refuse ${name} as ${JSON.stringify(value)}, and print no secret`, () => {
      assert.throws(
        () => tracingOf({ [name]: value }),
        (error: unknown) =>
          error instanceof ConfigError &&
          error.message.startsWith(`${name} must be `) &&
          !(name.endsWith('HEADERS') && error.message.includes('hunter2')),
      );
    });
});
