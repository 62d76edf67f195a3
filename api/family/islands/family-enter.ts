// The code behind the # of a link goes into the form and out of the address bar; opening stays the reader's own act.
const form = document.getElementById("enter") as HTMLFormElement;
const field = form.elements.namedItem("code") as HTMLInputElement;
const code = decodeURIComponent(location.hash.slice(1));

if (code) {
  history.replaceState(null, "", location.pathname);
  field.value = code;
  form.querySelector("button")?.focus();
}
