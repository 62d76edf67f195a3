// On every page: htmx with the session's CSRF token, the demonstration's clock, short messages.
import htmx from "htmx.org";
import { startClock } from "../clock";
import { toast } from "../toast";

const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;

document.addEventListener("htmx:configRequest", (event) => {
  if (csrf) (event as CustomEvent).detail.headers["X-CSRF-Token"] = csrf;
});
document.addEventListener("htmx:responseError", (event) => {
  const answer = (event as CustomEvent).detail.xhr as XMLHttpRequest;
  let sentence = "La demande n'a pas abouti.";
  try {
    sentence = JSON.parse(answer.responseText).error ?? sentence;
  } catch { /* not JSON: keep the general sentence */ }
  toast(sentence, "problem");
});
document.addEventListener("htmx:sendError", () => toast("Pas de réseau : rien n'a été envoyé.", "problem"));

startClock();
export default htmx;
