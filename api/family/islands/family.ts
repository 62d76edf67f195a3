// Today's delivery, kept fresh: at once when the server says that it changed, every half minute whatever happens,
// since an expected hour grows old by itself. Without a stream the half minute is the fallback.
import { parse, patchElement } from "../../web/patch";

const EVERY_MS = 30_000;
const box = document.getElementById("suivi")!;
const access = box.dataset.access!;
let asking = false;
let again = false;

async function refresh(): Promise<void> {
  if (asking) { again = true; return; }
  asking = true;
  try {
    const answer = await fetch(`/famille/${access}/livraison`, { headers: { "X-Fragment": "1" } });
    if (answer.status === 401 || answer.status === 403 || answer.status === 404) { location.assign("/famille"); return; }
    const fresh = answer.ok ? parse(await answer.text()).getElementById("livraison") : null;
    const old = document.getElementById("livraison");
    // With no door to show, the whole page knows the next delivery and this part does not.
    if (fresh && old && fresh.querySelector(".arrival")) patchElement(old, fresh);
    else if (fresh && old?.querySelector(".arrival")) location.reload();
  } catch { /* no network: what is shown says when it was fetched */
  } finally {
    asking = false;
    if (again) { again = false; void refresh(); }
  }
}

function follow(): void {
  const source = new EventSource(`/api/v1/family/${access}/live`);
  let lost = false;
  source.onopen = () => { if (lost) void refresh(); lost = false; document.documentElement.dataset.live = "yes"; };
  source.addEventListener("delivery", () => void refresh());
  source.addEventListener("closed", () => { source.close(); void refresh(); });
  source.onerror = () => {
    lost = true;
    if (source.readyState === EventSource.CLOSED) setTimeout(follow, EVERY_MS);
  };
}

follow();
setInterval(() => { if (!document.hidden) void refresh(); }, EVERY_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) void refresh(); });
