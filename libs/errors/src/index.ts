export {
  PROBLEMS,
  type ProblemCode,
  type ProblemDefinition,
  problemType,
  registerProblems,
} from './catalogue.js';
export {
  type FieldError,
  PROBLEM_MEDIA_TYPE,
  type ProblemBody,
  ProblemError,
  type ProblemOptions,
  toProblemBody,
} from './problem-error.js';
