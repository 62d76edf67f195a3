// The desk refreshes itself once the worker has taken messages again; nothing moves while a form is open.
import { parse } from "../../web/patch";
import { follow } from "../../web/server";

interface Counts { taken?: number; refused?: number; incomplete?: number; gone?: number }

const said = document.querySelector<HTMLElement>("#dit")!;

async function refresh(): Promise<void> {
  const desk = document.querySelector("#bureau")!;
  if (desk.querySelector("details.farewell[open], .remedy details[open]")) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  desk.replaceChildren(...parse(await answer.text()).querySelector("#bureau")!.childNodes);
}

function sentence({ taken = 0, refused = 0, incomplete = 0 }: Counts): string {
  const kept = refused + incomplete;
  return `Reprise faite : ${taken} message${taken > 1 ? "s" : ""} pris, ${kept} toujours en attente.`;
}

follow({
  quarantine: (event) => {
    said.textContent = sentence(event as Counts);
    const note = document.querySelector<HTMLElement>(".note");
    if (note) note.textContent = said.textContent;
    void refresh();
  },
  reload: () => void refresh(),
}, (yes) => { said.dataset.live = yes ? "yes" : "no"; });
