export {
  PROBLEMS,
  type ProblemCode,
  type ProblemDefinition,
  problemType,
  registerProblems,
} from './catalogue.js';
export { PROBLEM_MEDIA_TYPE, type ProblemBody, toProblemBody } from './problem-body.js';
export { type FieldError, ProblemError, type ProblemOptions } from './problem-error.js';
