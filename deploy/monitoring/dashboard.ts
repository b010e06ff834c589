import { sections, type Panel } from "./panels.ts";

const source = { type: "prometheus", uid: "${datasource}" };
/** Grafana's grid has 24 columns. */
const columns = 24;
const height = 8;

const timeSeries = (panel: Panel, id: number, x: number, y: number, w: number): object => ({
  id,
  type: "timeseries",
  title: panel.title,
  description: panel.description,
  datasource: source,
  gridPos: { x, y, w, h: height },
  fieldConfig: { defaults: { unit: panel.unit, custom: { fillOpacity: 5, showPoints: "never" } }, overrides: [] },
  options: { legend: { displayMode: "list", placement: "bottom" }, tooltip: { mode: "multi", sort: "desc" } },
  targets: panel.targets.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode("A".charCodeAt(0) + index),
    datasource: source,
    expr,
    legendFormat: legend,
  })),
});

/** The dashboard as Grafana imports it (schema 36, Grafana 9 and later). */
export function dashboard(): string {
  const panels: object[] = [];
  let y = 0;
  for (const section of sections) {
    const row = { type: "row", title: section.title, collapsed: false, panels: [] };
    panels.push({ ...row, id: panels.length + 1, gridPos: { x: 0, y, w: columns, h: 1 } });
    y += 1;
    const width = Math.floor(columns / section.panels.length);
    for (const [index, panel] of section.panels.entries())
      panels.push(timeSeries(panel, panels.length + 1, index * width, y, width));
    y += height;
  }
  const document = {
    uid: "kuryr",
    title: "Kuryr",
    tags: ["kuryr"],
    schemaVersion: 36,
    editable: true,
    refresh: "30s",
    time: { from: "now-1h", to: "now" },
    templating: { list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Data source" }] },
    panels,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
