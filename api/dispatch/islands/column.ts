// One container's page: its chart, kept live, and the parts the server writes.
import { parse, patchElement } from "../../web/patch";
import { ask, follow } from "../../web/server";
import { takeNote } from "../acknowledge";
import { drawChart, type Series } from "../column-chart";
import { oncePer } from "../once-per";

const element = document.querySelector<HTMLElement>("#chart")!;
const note = document.querySelector<HTMLElement>("#chart-note")!;
const { id, code, days } = element.dataset;
const address = encodeURIComponent(code!);
const AFRESH_EVERY_MS = 60_000;
const REASONS = {
  no_level: "Pas encore assez de mesures sûres pour prévoir.",
  no_rate: "Le rythme de remplissage n'est pas encore connu : pas de prévision.",
  no_memory: "Pas de prévision pour cette colonne.",
};

const ESTIMATED = "Prévision estimée : la sonde n'est pas sûre, ou n'a rien dit depuis le dernier vidage.";

let draw: ((fresh: Series) => void) | undefined;

async function refresh(): Promise<void> {
  const [series, parts] = await Promise.all([
    ask<Series>("GET", `/api/v1/containers/${address}/series?days=${days}`),
    fetch(`/colonnes/${address}/changements?jours=${days}`),
  ]);
  if (draw) draw(series);
  else draw = drawChart(element, series);
  element.dataset.measured = series.levels.at(-1)?.at ?? "";
  const sentence = series.levels.length
    ? series.no_forecast ? REASONS[series.no_forecast] : series.estimated ? ESTIMATED : ""
    : "Aucune mesure sur cette période.";
  if (note.textContent !== sentence) note.textContent = sentence;
  if (!parts.ok) return;
  const old = document.querySelector("#column")!;
  const fresh = parse(`<div id="column">${await parts.text()}</div>`).querySelector("#column")!;
  fresh.querySelector("details")!.open = old.querySelector("details")!.open;
  patchElement(old, fresh);
}

const live = oncePer(1000, refresh);
live.all();
setInterval(live.all, AFRESH_EVERY_MS);
follow({
  containers: (event) => { if ((event.containers as number[]).includes(Number(id))) live.all(); },
  reload: live.all,
});
takeNote(refresh);
