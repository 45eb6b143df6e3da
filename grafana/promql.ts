/** The series of the pods that are chosen above. */
export const chosen = 'namespace=~"$namespace",pod=~"$pod"'
/** Recorded series, and what one pod measures for all: whichever pod that is. */
export const everywhere = 'namespace=~"$namespace"'

const and = (labels: string): string => (labels === '' ? chosen : `${chosen},${labels}`)
const byThese = (by: string): string => (by === '' ? '' : ` by (${by})`)

/** How often a second, summed up over pods; `labels` are further conditions, `by` the labels that are kept. */
export const perSecond = (metric: string, by = '', labels = ''): string =>
  `sum${byThese(by)} (rate(${metric}{${and(labels)}}[$__rate_interval]))`

export const perMinute = (metric: string, by = '', labels = ''): string => `60 * ${perSecond(metric, by, labels)}`

/** The sum over pods of how things are now. */
export const sumOf = (metric: string, by = '', labels = ''): string => `sum${byThese(by)} (${metric}{${and(labels)}})`

/** What the leader, or whichever pod knows, says for the whole deployment. */
export const known = (metric: string, by = '', labels = ''): string =>
  `max${byThese(by)} (${metric}{${labels === '' ? everywhere : `${everywhere},${labels}`}})`

/** Of a histogram, the value below which this share lies. */
export const quantile = (share: number, metric: string, by = '', labels = ''): string =>
  `histogram_quantile(${share}, sum by (${by === '' ? 'le' : `le, ${by}`}) (rate(${metric}_bucket{${and(labels)}}[$__rate_interval])))`

/** The usual and the slow ones of a histogram. */
export const usualAndSlow = (metric: string, by = '', labels = '') => {
  const name = by === '' ? '' : `{{${by}}}: `
  return [
    { expr: quantile(0.5, metric, by, labels), legend: `${name}half` },
    { expr: quantile(0.99, metric, by, labels), legend: `${name}99 %` },
  ]
}
