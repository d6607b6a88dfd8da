import { REQUEST_ID_SCHEMA } from './problem-schema.js';

/** What every route takes beside its own. */
export const REQUEST_HEADERS = {
  'X-Request-ID': {
    name: 'X-Request-ID',
    in: 'header' as const,
    required: false,
    description: 'Taken over where it is 1 to 128 visible ASCII characters; another one is made otherwise.',
    schema: REQUEST_ID_SCHEMA,
  },
  traceparent: {
    name: 'traceparent',
    in: 'header' as const,
    required: false,
    description: 'The trace that the request is part of (W3C Trace Context); an invalid one is ignored.',
    schema: {
      type: 'string',
      pattern: '^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?$',
      example: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    },
  },
};
