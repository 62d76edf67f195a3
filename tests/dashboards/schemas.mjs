// JSON Schemas of Grafana's documents, made from the SDK's own TypeScript types: `node tests/dashboards/schemas.mjs`
// prints them as one JSON document. The SDK publishes schemas in its repository only; its packages hold types made from
// the same source, which is what is taken here, at the version that builds the boards.
import { readFileSync } from "node:fs";
import { createGenerator } from "ts-json-schema-generator";

const SDK = new URL("../../node_modules/@grafana/grafana-foundation-sdk/", import.meta.url);
const TYPES = {
  dashboard: ["Dashboard"],
  alerting: ["Rule"],
  barchart: ["Options", "FieldConfig"],
  bargauge: ["Options"],
  geomap: ["Options"],
  stat: ["Options"],
  statushistory: ["Options", "FieldConfig"],
  table: ["Options", "FieldConfig"],
  timeseries: ["Options", "FieldConfig"],
};

const { version } = JSON.parse(readFileSync(new URL("package.json", SDK), "utf8"));
const made = { comment: `made from @grafana/grafana-foundation-sdk ${version} (Apache-2.0, Grafana Labs)` };
for (const [name, types] of Object.entries(TYPES)) {
  for (const type of types) {
    const path = new URL(`dist/${name}/types.gen.d.ts`, SDK).pathname;
    const schema = createGenerator({ path, type, skipTypeCheck: true, jsDoc: "none", topRef: true }).createSchema(type);
    // A query is of its data source's own shape: the type holds a method's name only.
    if (schema.definitions.Dataquery) schema.definitions.Dataquery = { type: "object" };
    made[`${name}.${type}`] = schema;
  }
}
process.stdout.write(`${JSON.stringify(made, null, 1)}\n`);
