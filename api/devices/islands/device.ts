// One device's page: its charts.
import { ask } from "../../web/server";
import { drawDevice, type DeviceSeries } from "../device-charts";

const charts = document.querySelector<HTMLElement>("#charts")!;
const { serial, days } = charts.dataset;

ask<DeviceSeries>("GET", `/api/v1/devices/${encodeURIComponent(serial!)}/series?days=${days}`).then((series) => {
  drawDevice((key) => document.querySelector<HTMLElement>(`#chart-${key}`)!, series);
  charts.dataset.ready = "yes";
}).catch((error: Error) => {
  const sentence = document.createElement("p");
  sentence.className = "problem";
  sentence.textContent = `Les courbes ne peuvent pas s'afficher : ${error.message}`;
  charts.replaceChildren(sentence);
});
