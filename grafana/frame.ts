import type { Builder } from '@grafana/grafana-foundation-sdk/cog'
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type Panel,
  QueryVariableBuilder,
  RowBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { inSight, prometheus } from './panels.ts'

export interface Row {
  readonly title: string
  readonly panels: readonly Builder<Panel>[]
}

export interface Area {
  /** Of the file, and of the dashboard's address: `belfry-<name>`. */
  readonly name: string
  readonly title: string
  readonly description: string
  readonly rows: readonly Row[]
  /** Has tables that ask PostgreSQL. */
  readonly asksDatabase?: boolean
}

const tag = 'belfry'

const dataSource = (name: string, label: string, type: string, description: string) =>
  new DatasourceVariableBuilder(name).label(label).type(type).description(description)

/** Choices that are read from the targets; "all" also fits series without the label, as on a machine without Kubernetes. */
const choice = (name: string, label: string, selector: string, description: string) =>
  new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .datasource(prometheus)
    .query({ query: `label_values(up{${selector}}, ${name})`, refId: name })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: 'All', value: '$__all', selected: true })

const jobs = 'job=~"cluster|scheduler"'

/** A dashboard as all of ours are: the same choices on top, links to the others, the same time. */
export function frame(area: Area): Dashboard {
  const dashboard = new DashboardBuilder(`Belfry: ${area.title}`)
    .uid(`belfry-${area.name}`)
    .description(area.description)
    .tags([tag, 'generated'])
    .readonly()
    .refresh('30s')
    .time({ from: 'now-3h', to: 'now' })
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .link(
      inSight(
        new DashboardLinkBuilder('Belfry')
          .type(DashboardLinkType.Dashboards)
          .tags([tag])
          .asDropdown(false)
          .includeVars(true)
          .keepTime(true),
      ),
    )
    .withVariable(dataSource('datasource', 'Prometheus', 'prometheus', 'Where the metrics are.'))
  if (area.asksDatabase) {
    const description = "Belfry's database, by a user who may only read."
    dashboard.withVariable(dataSource('database', 'PostgreSQL', 'grafana-postgresql-datasource', description))
  }
  dashboard
    .withVariable(choice('namespace', 'Namespace', jobs, 'The deployment.'))
    .withVariable(
      choice('pod', 'Pod', `${jobs},namespace=~"$namespace"`, 'What one pod measures for all is shown for any.'),
    )
    .withVariable(
      new TextBoxVariableBuilder('runbooks')
        .label('Runbooks')
        .description('Address of the folder grafana/runbooks of the version that runs.')
        .defaultValue('grafana/runbooks'),
    )
  for (const row of area.rows) {
    dashboard.withRow(new RowBuilder(row.title))
    for (const panel of row.panels) dashboard.withPanel(panel)
  }
  return dashboard.build()
}
