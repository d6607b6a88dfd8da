import assert from 'node:assert/strict';
import {
  answerOf,
  type Documented,
  type Header,
  headerOf,
  methodsOf,
  type Reference,
  type Route,
  routeOf,
} from './documented-routes.ts';
import { faultsOf } from './schemas.ts';

/** One request and its whole answer. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Headers of the connection and of every answer alike, which no route describes. */
const UNDESCRIBED =
  /^(?:date|access-control-[a-z-]+|connection|keep-alive|content-(?:length|type|security-policy)|transfer-encoding|vary|strict-transport-security|referrer-policy|cross-origin-resource-policy|x-(?:content-type|frame)-options)$/;

/** Fails if the OpenAPI document does not describe an answer. An address without a route is not checked. */
export function assertDocumented(exchange: Exchange): void {
  const route = routeOf(exchange.path);
  if (route === undefined || (exchange.status === 404 && isUnmatched(exchange))) return;
  const faults = faultsIn(exchange, route);
  const { method, status } = exchange;
  assert.ok(faults.length === 0, `${method} ${route.template} answered ${status}: ${faults.join('; ')}`);
}

/** `/products/a/..` is tidied up on its way, and another address than it looks. */
function isUnmatched({ body }: Exchange): boolean {
  return body.includes('"ROUTE_NOT_FOUND"');
}

function faultsIn(exchange: Exchange, route: Route): string[] {
  const { status, method } = exchange;
  const name = method === 'HEAD' ? 'get' : method.toLowerCase();
  const operation = route.operations[name];
  if (operation === undefined || name === 'parameters') return faultsOfRefusedMethod(exchange, route);
  const documented = operation.responses[status];
  if (documented === undefined)
    return [`the document has no such status, but ${Object.keys(operation.responses)}`];
  const answer = answerOf(documented);
  return [...faultsInHeaders(exchange, answer), ...faultsInBody(exchange, answer)];
}

function faultsOfRefusedMethod({ status, method, headers }: Exchange, route: Route): string[] {
  const allow = methodsOf(route).join(', ');
  const expected = method === 'OPTIONS' ? 204 : 405;
  if (status !== expected) return [`the document has no such method, so the status should be ${expected}`];
  return headers.get('allow') === allow ? [] : [`Allow is ${headers.get('allow')}, not ${allow}`];
}

function faultsInHeaders({ headers }: Exchange, { headers: documented = {} }: Documented): string[] {
  const described = new Set(Object.keys(documented).map((name) => name.toLowerCase()));
  const missing = [...headers.keys()].filter((name) => !described.has(name) && !UNDESCRIBED.test(name));
  return [
    ...missing.map((name) => `the header ${name} is not in the document`),
    ...Object.entries(documented).flatMap(([name, header]) =>
      faultsInHeader(name, header, headers.get(name)),
    ),
  ];
}

function faultsInHeader(name: string, header: Header | Reference, value: string | null): string[] {
  const { required, schema } = headerOf(header);
  if (value === null) return required ? [`the header ${name} is missing`] : [];
  const given = schema['type'] === 'integer' ? Number(value) : value;
  return faultsOf(given, schema).map((fault) => `the header ${name}: ${fault}`);
}

function faultsInBody({ method, headers, body }: Exchange, { content }: Documented): string[] {
  const [type = ''] = (headers.get('content-type') ?? '').split(';', 1);
  if (content === undefined) return body === '' ? [] : ['the document has no body'];
  if (!(type in content)) return [`${type} is not in the document`];
  if (method === 'HEAD') return body === '' ? [] : ['HEAD has a body'];
  const value = type.endsWith('json') ? JSON.parse(body) : body;
  return faultsOf(value, content[type]?.schema ?? {});
}
