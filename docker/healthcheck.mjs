// The container's own health check: exit code 0 when the process answers, 1 when it does not.
// It asks for liveness, not readiness: orchestrators that act on it restart the container, and a restart neither
// brings Postgres back nor keeps the L1 that still answers.
// Node's own fetch, since a slim image has no curl and a runtime image should need none.
const TIMEOUT_MS = 2_000;
const port = process.env.PORT ?? '3000';

try {
  const response = await fetch(`http://127.0.0.1:${port}/health/live`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  process.exitCode = response.ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
