// « Pris en compte »: tell the server, then show what it says, and keep the keyboard where the work goes on.
import { ask, Refused } from "../web/server";
import { toast } from "../web/toast";

async function acknowledge(button: HTMLButtonElement, refresh: (container: number) => Promise<void>): Promise<void> {
  button.disabled = true;
  const alert = button.closest<HTMLElement>(".alert")!;
  const next = alert.nextElementSibling ?? alert.previousElementSibling;
  try {
    await ask("POST", `/api/v1/alerts/${button.dataset.acknowledge}/acknowledge`);
    toast("Alerte prise en compte.");
  } catch (problem) {
    button.disabled = false;
    toast(problem instanceof Refused ? problem.message : "Pas de réseau : rien n'a été envoyé.", "problem");
    if (!(problem instanceof Refused)) return;
  }
  await refresh(Number(alert.dataset.container)).catch(() => {}); // the next live event shows it
  if (document.activeElement === document.body) {
    (next?.querySelector<HTMLElement>("button") ?? document.querySelector<HTMLElement>("#alerts-title"))?.focus();
  }
}

/** Follow the buttons `data-acknowledge` of the page; `refresh` shows a container's alerts afresh. */
export function takeNote(refresh: (container: number) => Promise<void>): void {
  document.addEventListener("click", (event) => {
    const button = (event.target as Element).closest<HTMLButtonElement>("[data-acknowledge]");
    if (button) void acknowledge(button, refresh);
  });
}
