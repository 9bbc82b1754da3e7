// `pm2 start infra/pm2/ecosystem.config.cjs` runs the fleet, a process an app, each with the environment that pm2 is
// started with. `wait_ready`: an app is up once it has joined its groups. PM2 stops with SIGINT; an app then finishes
// what it has handed over, so it gets more than the 24 seconds that this may take.
const path = require('node:path')

const root = path.resolve(__dirname, '..', '..')

// Memory that a batch needed is kept for the next one: docs/decisions/0022-a-process-keeps-its-memory.md.
const KEEP_MEMORY = { MIMALLOC_PURGE_DELAY: '-1' }

function app(name, opsPort) {
  return {
    name: `notifications:${name}`,
    script: path.join(root, 'apps', name, 'src', 'main.ts'),
    cwd: root,
    interpreter: 'bun',
    exec_mode: 'fork',
    wait_ready: true,
    listen_timeout: 30000,
    kill_timeout: 25000,
    exp_backoff_restart_delay: 200,
    env: { ...KEEP_MEMORY, ...(opsPort && { OPS_PORT: String(opsPort) }) },
  }
}

module.exports = {
  apps: [
    // Its own port, 3001, answers /healthz, /readyz and /metrics.
    app('api'),
    app('router', 3102),
    app('email', 3103),
    app('escalation', 3104),
    app('sms', 3105),
    app('push', 3106),
    app('receipts', 3107),
    app('fanout', 3108),
  ],
}
