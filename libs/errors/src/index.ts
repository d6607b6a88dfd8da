export {
  type FieldError,
  PROBLEM_MEDIA_TYPE,
  PROBLEMS,
  type ProblemBody,
  type ProblemCode,
  type ProblemDefinition,
  ProblemError,
  type ProblemOptions,
  problemType,
  registerProblems,
  toProblemBody,
} from './problems.js';
