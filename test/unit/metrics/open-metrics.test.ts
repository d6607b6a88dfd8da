import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openMetricsOf, wantsOpenMetrics, withoutExemplars } from '#src/libs/metrics/src/open-metrics';

const PAGE = `# HELP hits_total Reads "of" a tier.
# TYPE hits_total counter
hits_total{tier="l1"} 3

# HELP cpu_seconds_total Time.
# TYPE cpu_seconds_total counter
cpu_seconds_total 0.5

# HELP took_seconds Time.
# TYPE took_seconds histogram
took_seconds_bucket{le="0.1"} 1
took_seconds_bucket{le="+Inf"} 1
took_seconds_sum 0.05
took_seconds_count 1

# HELP entries Entries.
# TYPE entries gauge
entries 7
`;

describe('the OpenMetrics page', () => {
  it('has the series of the other format, families without _total, units, and an end', () => {
    assert.equal(
      openMetricsOf(PAGE),
      `# TYPE hits counter
# HELP hits Reads \\"of\\" a tier.
hits_total{tier="l1"} 3
# TYPE cpu_seconds counter
# UNIT cpu_seconds seconds
# HELP cpu_seconds Time.
cpu_seconds_total 0.5
# TYPE took_seconds histogram
# UNIT took_seconds seconds
# HELP took_seconds Time.
took_seconds_bucket{le="0.1"} 1
took_seconds_bucket{le="+Inf"} 1
took_seconds_sum 0.05
took_seconds_count 1
# TYPE entries gauge
# HELP entries Entries.
entries 7
# EOF
`,
    );
  });

  it('has exemplars at their series, which the other format does not have', () => {
    const comment = `# EXEMPLAR took_seconds_bucket{le="0.1"} {trace_id="0af7"} 0.05 12.500\n`;
    const page = openMetricsOf(PAGE + comment);
    assert.ok(page.includes('\ntook_seconds_bucket{le="0.1"} 1 # {trace_id="0af7"} 0.05 12.500\n'), page);
    assert.ok(!page.includes('EXEMPLAR'));
    assert.equal(withoutExemplars(PAGE + comment), PAGE);
  });

  it('is for readers that name it', () => {
    assert.ok(
      wantsOpenMetrics('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4'),
    );
    for (const accept of [undefined, '*/*', 'text/plain', 'text/html,application/xml'])
      assert.equal(wantsOpenMetrics(accept), false, accept);
  });
});
