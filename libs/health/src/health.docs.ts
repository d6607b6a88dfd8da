import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { answerHeaders } from '#libs/open-api';

const milliseconds = (description: string) => ({ type: ['number', 'null'], minimum: 0, description });

/** Of a dependency; `entries` to `trust` are of the cache alone. */
const INDICATOR = {
  type: 'object',
  required: ['status'],
  additionalProperties: false,
  properties: {
    status: { enum: ['up', 'degraded', 'down'] },
    message: { type: 'string' },
    latency_ms: milliseconds('How long the last check took; null before the first.'),
    checked_ms_ago: milliseconds('How old what is told here is; null before the first check.'),
    breaker: { enum: ['closed', 'half-open', 'open'] },
    entries: { type: 'integer', minimum: 0 },
    bytes: { type: 'integer', minimum: 0 },
    tracking: { enum: ['linked', 'lost', 'none'], description: 'Whether memory is told of changes.' },
    trust: { enum: ['trusted', 'doubted', 'unwatched', 'none'], description: 'Whether Redis is believed.' },
  },
};

const INDICATORS = { type: 'object', additionalProperties: INDICATOR };

const REPORT = {
  type: 'object',
  required: ['status', 'info', 'error', 'details'],
  additionalProperties: false,
  properties: {
    status: {
      enum: ['ok', 'degraded', 'error', 'shutting_down', 'stopping'],
      description: 'That of the worst dependency; `degraded` still answers reads.',
    },
    info: { ...INDICATORS, description: 'The dependencies that are not down.' },
    error: { ...INDICATORS, description: 'Those that are.' },
    details: { ...INDICATORS, description: 'All of them.' },
  },
};

const WELL = { status: 'up', latency_ms: 0.8, checked_ms_ago: 412.5, breaker: 'closed' };
const UP = { postgres: WELL, redis: WELL };

const Report = (status: 200 | 503, description: string, example: object) =>
  ApiResponse({
    status,
    description,
    headers: answerHeaders('Cache-Control'),
    content: { 'application/json': { schema: REPORT, example } },
  });

/** @param dependencies whether they are asked; live has none that could fail it */
export function HealthDocs(operationId: string, summary: string, dependencies: boolean): MethodDecorator {
  const details = dependencies ? UP : {};
  const down = { postgres: { status: 'down', message: 'no read can be answered' } };
  return applyDecorators(
    ApiOperation({ operationId, summary }),
    Report(200, 'It is so.', { status: 'ok', info: details, error: {}, details }),
    Report(503, 'It is not, or the process is about to end.', {
      status: 'error',
      info: {},
      error: down,
      details: down,
    }),
  );
}
