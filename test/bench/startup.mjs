/**
 * Start-up: whole processes of `sonic`, least of the rounds (whatever disturbs only adds), by the wall clock and by the
 * processor time of all their threads.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SONIC = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
/** Has the process say on its way out what it took. */
const METER = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => { const { user, system } = process.cpuUsage(); process.stderr.write('\\ncpu ' + (user + system) + '\\n'); });",
)}`;

export const STARTUPS = [
  { name: 'sonic --version', args: ['--version'] },
  { name: 'sonic run mnist --images 10', args: ['run', 'mnist', '--images', '10', '--threads', '2'] },
];

function timeOf(args) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(process.execPath, ['--import', METER, SONIC, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (data) => {
      errors += data;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const wall_ms = performance.now() - started;
      const cpu = /\ncpu (\d+)\n/.exec(errors);
      if (code === 0 && cpu) return resolve({ wall_ms, cpu_ms: Number(cpu[1]) / 1000 });
      reject(new Error(`sonic ${args.join(' ')}: ${errors.trim().split('\n').at(-1) || `exit code ${code}`}`));
    });
  });
}

/** @returns per command the least wall and processor time, ms; the commands in turn. */
export async function measureStartup(rounds, say) {
  const rows = STARTUPS.map(({ name }) => ({
    name,
    wall_ms: Number.POSITIVE_INFINITY,
    cpu_ms: Number.POSITIVE_INFINITY,
  }));
  for (const [i, { name, args }] of STARTUPS.entries()) {
    say(name);
    for (let round = 0; round < rounds; round++) {
      const { wall_ms, cpu_ms } = await timeOf(args);
      rows[i].wall_ms = Math.min(rows[i].wall_ms, wall_ms);
      rows[i].cpu_ms = Math.min(rows[i].cpu_ms, cpu_ms);
    }
  }
  return rows;
}
