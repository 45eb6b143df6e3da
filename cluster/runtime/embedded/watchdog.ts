import { spawn } from 'node:child_process'
import { Socket } from 'node:net'

/**
 * Waits on a pipe that nobody writes to: it reaches its end when our process is gone, even by SIGKILL. Then it stops the
 * process ($1) with the gentle signal ($2), insists after 10 and 15 seconds, and removes the folder ($3) if there is one.
 * A zombie counts as gone: where process 1 of a container reaps nobody, it stays for ever.
 */
const script = `
alive() { kill -0 "$1" 2>/dev/null && ! grep -qs '^State:.Z' "/proc/$1/status"; }
read -r _
kill -s "$2" "$1" 2>/dev/null
n=0
while [ $n -lt 200 ] && alive "$1"; do
  n=$((n + 1))
  if [ $n -eq 100 ]; then kill -s QUIT "$1" 2>/dev/null; fi
  if [ $n -eq 150 ]; then kill -s KILL "$1" 2>/dev/null; fi
  sleep 0.1
done
if [ -n "$3" ]; then rm -rf -- "$3"; fi
`

export interface Bond {
  readonly pid: number
  /** What asks this process to stop in good order. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM'
  /** A folder to remove should we die without stopping it. */
  readonly removeIfOrphaned?: string | undefined
  /** The watchdog could not be started: without it the process could be left behind. */
  readonly onFailure: () => void
}

/** Binds a process to our life, however that ends. The function it gives ends the bond: to be called when the process has ended. */
export function endWithUs({ pid, stopSignal, removeIfOrphaned, onFailure }: Bond): () => void {
  const watchdog = spawn(
    '/bin/sh',
    ['-c', script, 'belfry-watchdog', String(pid), stopSignal.slice(3), removeIfOrphaned ?? ''],
    { cwd: '/', stdio: ['pipe', 'ignore', 'ignore'], detached: true },
  )
  watchdog.on('error', onFailure)
  watchdog.unref()
  const { stdin } = watchdog
  stdin.on('error', () => {}) // nothing is ever written to it
  if (stdin instanceof Socket) stdin.unref()
  return () => {
    watchdog.kill('SIGKILL') // first, so that it never sees the end of the pipe
    stdin.destroy()
  }
}
