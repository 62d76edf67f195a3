// One button: the browser's own printing.
const button = document.querySelector<HTMLButtonElement>("#imprimer")!;
button.hidden = false;
button.addEventListener("click", () => window.print());
export {};
