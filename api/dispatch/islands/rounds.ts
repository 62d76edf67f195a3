// The days' page: plannings and rounds change by themselves while computed or driven.
import htmx from "htmx.org";
import { follow } from "../../web/server";

let waiting: number | undefined;

function refresh(): void {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    void htmx.ajax("get", "/tournees", { target: "#jours", swap: "outerHTML", select: "#jours" });
  }, 500);
}

follow({ planning: refresh, round: refresh, reload: refresh });
