import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { PROBLEM_MEDIA_TYPE, PROBLEMS, type ProblemCode, problemType } from '#libs/errors';

/** Problems that a route can answer, those of one status together. */
export function ProblemDocs(...codes: readonly ProblemCode[]): MethodDecorator {
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  return applyDecorators(
    ...statuses.map((status) => {
      const ofStatus = codes.filter((code) => PROBLEMS[code].status === status);
      const description = ofStatus.map((code) => `${PROBLEMS[code].title} (\`${code}\`)`).join('; ');
      return ApiResponse({ status, description, content: { [PROBLEM_MEDIA_TYPE]: contentOf(ofStatus) } });
    }),
  );
}

function contentOf(codes: readonly ProblemCode[]) {
  return {
    schema: { type: 'object' as const },
    examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])),
  };
}

function exampleOf(code: ProblemCode) {
  const { title, status } = PROBLEMS[code];
  return { type: problemType(code), title, status, detail: `${title}.`, code, request_id: 'Yk3vQ0nRZ2aB-1f' };
}
