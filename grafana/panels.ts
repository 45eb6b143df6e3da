import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog'
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common'
import {
  type DashboardLink,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus'
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import type { GuildTable } from './guilds.ts'

/** Grafana's names of units: counts, per second, seconds, bytes, shares of one. */
export type Unit = 'short' | 'ops' | 's' | 'bytes' | 'percentunit'

export interface Query {
  readonly expr: string
  readonly legend: string
}

/** What all panels say. */
interface Said {
  readonly title: string
  /** What is shown, and after "Normal:" what it looks like when all is well. */
  readonly description: string
  readonly unit: Unit
  readonly queries: readonly Query[]
  /** From where on it is a warning, and from where on bad; the same figures as in the alerts. */
  readonly warn?: number
  readonly bad?: number
  /** It is bad below instead of above. */
  readonly isFloor?: boolean
  /** Names of runbooks in `grafana/runbooks`. */
  readonly runbooks?: readonly string[]
  /** Of 24 columns. */
  readonly span?: number
}

export interface Graph extends Said {
  readonly stacked?: boolean
  readonly max?: number
}

export interface Figure extends Said {
  readonly decimals?: number
}

export const prometheus = { type: 'prometheus', uid: '$' + '{datasource}' }
export const postgres = { type: 'grafana-postgresql-datasource', uid: '$' + '{database}' }

const colours = { good: 'green', warn: 'orange', bad: 'red' }

function thresholdsOf({ warn, bad, isFloor = false }: Said) {
  const steps: { value: number | null; color: string }[] = isFloor
    ? [
        { value: null, color: bad === undefined ? colours.warn : colours.bad },
        ...(bad === undefined ? [] : [{ value: bad, color: warn === undefined ? colours.good : colours.warn }]),
        ...(warn === undefined ? [] : [{ value: warn, color: colours.good }]),
      ]
    : [
        { value: null, color: colours.good },
        ...(warn === undefined ? [] : [{ value: warn, color: colours.warn }]),
        ...(bad === undefined ? [] : [{ value: bad, color: colours.bad }]),
      ]
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps)
}

const refIds = 'ABCDEFGHIJ'

const targetsOf = ({ queries }: Said): Builder<Dataquery>[] =>
  queries.map(({ expr, legend }, i) =>
    new DataqueryBuilder().refId(refIds.charAt(i)).datasource(prometheus).expr(expr).legendFormat(legend).range(),
  )

/** The library would put every link into a menu, which not all versions of Grafana have. */
export const inSight = (link: DashboardLinkBuilder): Builder<DashboardLink> => ({
  build: () => {
    const { placement: _, ...shown } = link.build()
    return shown
  },
})

const linksOf = ({ runbooks = [] }: Pick<Said, 'runbooks'>) =>
  runbooks.map((runbook) =>
    inSight(
      new DashboardLinkBuilder(`Runbook: ${runbook}`)
        .type(DashboardLinkType.Link)
        .url(`$${'{runbooks}'}/${runbook}.md`)
        .targetBlank(true),
    ),
  )

/** How something went over time. */
export function graph(said: Graph): Builder<Panel> {
  const hasThreshold = said.warn !== undefined || said.bad !== undefined
  const panel = new TimeseriesBuilder()
    .title(said.title)
    .description(said.description)
    .datasource(prometheus)
    .targets(targetsOf(said))
    .unit(said.unit)
    .min(0)
    .span(said.span ?? 12)
    .height(8)
    .links(linksOf(said))
    .thresholds(thresholdsOf(said))
    .thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(
        hasThreshold ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off,
      ),
    )
    .fillOpacity(said.stacked ? 40 : 8)
    .lineWidth(1)
    .legend(
      new VizLegendOptionsBuilder()
        .displayMode(LegendDisplayMode.Table)
        .placement(LegendPlacement.Bottom)
        .showLegend(true)
        .calcs(['lastNotNull', 'max']),
    )
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
  if (said.max !== undefined) panel.max(said.max)
  if (said.stacked) panel.stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'))
  return panel
}

/** One figure that is read in passing, coloured by its thresholds, with its course behind it. */
export function figure(said: Figure): Builder<Panel> {
  const panel = new StatBuilder()
    .title(said.title)
    .description(said.description)
    .datasource(prometheus)
    .targets(targetsOf(said))
    .unit(said.unit)
    .span(said.span ?? 4)
    .height(4)
    .links(linksOf(said))
    .thresholds(thresholdsOf(said))
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.Area)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
  if (said.decimals !== undefined) panel.decimals(said.decimals)
  return panel
}

/** The few guilds with most of something, from the database: a metric never names a guild. */
export function guildTable(table: GuildTable): Builder<Panel> {
  return new TableBuilder()
    .title(table.title)
    .description(table.description)
    .datasource(postgres)
    .targets([new SqlQuery(table.sql)])
    .span(12)
    .height(8)
    .links(linksOf(table))
    .unit('short')
    .overrideByRegexp('guild', [{ id: 'unit', value: 'string' }])
}

/** The library knows no queries of the PostgreSQL data source; this is their shape. */
class SqlQuery implements Builder<Dataquery> {
  readonly #sql: string

  constructor(sql: string) {
    this.#sql = sql
  }

  build() {
    const query = {
      refId: 'A',
      datasource: postgres,
      editorMode: 'code',
      format: 'table',
      rawQuery: true,
      rawSql: this.#sql,
    }
    return { ...query, _implementsDataqueryVariant() {} }
  }
}
