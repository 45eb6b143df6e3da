import { readFileSync } from 'node:fs'
import { projectFile } from '../../sql/migrate.ts'

/**
 * The module by which the bot draws, as it was compiled: it imports nothing, so a browser runs the same file. Where it was taken from
 * its source map says nothing to a browser.
 */
export const fairnessModule = readFileSync(projectFile('dist', 'cluster', 'runtime', 'fairness.js'), 'utf8').replace(
  /^\/\/# sourceMappingURL=.*$/m,
  '',
)

/** Loads the numbers, has them checked by that module, and says what came of each check; the sentences stand in the page. */
export const verifyScript = (fairnessPath: string): string => `
import { verify, verifyV1 } from '${fairnessPath}'

const box = document.getElementById('verify')
const button = box.querySelector('button')
const verdict = document.getElementById('verdict')
const list = document.getElementById('checks')
const say = (key, values = {}) =>
  Object.entries(values).reduce(
    (text, [name, value]) => text.replace('{' + name + '}', () => String(value)),
    box.querySelector('[data-says="' + key + '"]').textContent,
  )

const conclude = (key, values, isGood) => {
  verdict.textContent = say(key, values)
  verdict.className = isGood === undefined ? 'note' : isGood ? 'verdict good' : 'verdict bad'
}

const rowOf = ({ check, draw, nonce, holds, expected, found }) => {
  const row = document.createElement('li')
  row.className = holds ? 'good' : 'bad'
  row.append(say(check, { number: draw ?? nonce + 1 }))
  if (!holds) {
    const detail = document.createElement('small')
    detail.className = 'id'
    detail.textContent = say('differs', { expected, found })
    row.append(detail)
  }
  return row
}

const run = async () => {
  list.replaceChildren()
  if (!globalThis.crypto?.subtle) return conclude('insecure', {}, false)
  conclude('running', {})
  let proof
  try {
    const answer = await fetch(box.dataset.proof, { headers: { Accept: 'application/json' } })
    if (!answer.ok) throw new Error(String(answer.status))
    proof = await answer.json()
  } catch {
    return conclude('failed', {}, false)
  }
  try {
    const checks = await (proof.scheme === 'v1' ? verifyV1(proof) : verify(proof))
    const isGood = checks.every(({ holds }) => holds)
    list.replaceChildren(...checks.map(rowOf))
    const key = !isGood ? 'bad' : proof.draws.length > 0 ? 'good' : 'early'
    conclude(key, { count: checks.length }, isGood)
  } catch {
    // What cannot even be computed, such as an entry twice, was changed as well.
    conclude('bad', {}, false)
  }
}

button.hidden = false
button.addEventListener('click', async () => {
  button.disabled = true
  await run()
  button.disabled = false
})
`
