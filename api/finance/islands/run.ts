// A draft's bar: how many bills are made, as the worker says it; the whole page again when all are.
import { ask, follow } from "../../web/server";

type Progress = { run: number; status: string; done: number; of: number };

const box = document.querySelector<HTMLElement>("#avance");
if (box) {
  const run = Number(box.dataset.run);
  const bar = box.querySelector<HTMLProgressElement>("progress");
  const show = (now: { done: number; of: number }) => {
    if (bar) Object.assign(bar, { max: now.of, value: now.done });
    box.querySelector("#faites")!.textContent = now.done.toLocaleString("fr-FR");
    box.querySelector("#toutes")!.textContent = now.of.toLocaleString("fr-FR");
    if (now.done >= now.of) window.location.reload();
  };
  const fetchNow = async () => show(await ask<Progress>("GET", `/api/v1/finance/runs/${run}/progress`));
  follow({
    run: (event) => { if (event.run === run && typeof event.done === "number") show(event as unknown as Progress); },
    reload: () => void fetchNow(),
  });
  void fetchNow();
}
