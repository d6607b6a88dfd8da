import { applyDecorators } from '@nestjs/common';
import { ApiOperation, ApiResponse } from '@nestjs/swagger';
import { answerHeaders } from '#libs/open-api';

const INDICATORS = {
  type: 'object',
  additionalProperties: {
    type: 'object',
    required: ['status'],
    additionalProperties: false,
    properties: { status: { enum: ['up', 'degraded', 'down'] }, message: { type: 'string' } },
  },
};

const REPORT = {
  type: 'object',
  required: ['status', 'info', 'error', 'details'],
  additionalProperties: false,
  properties: {
    status: {
      enum: ['ok', 'degraded', 'error', 'shutting_down'],
      description: 'That of the worst dependency; `degraded` still answers reads.',
    },
    info: { ...INDICATORS, description: 'The dependencies that are not down.' },
    error: { ...INDICATORS, description: 'Those that are.' },
    details: { ...INDICATORS, description: 'All of them.' },
  },
};

const UP = { postgres: { status: 'up' }, redis: { status: 'up' } };

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
  const down = { postgres: { status: 'down', message: 'not reachable, and nothing is cached' } };
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
