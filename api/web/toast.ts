// A short message that goes by itself, announced to screen readers.
export function toast(sentence: string, kind: "done" | "problem" = "done"): void {
  const box = document.getElementById("toasts");
  if (!box) return;
  const line = document.createElement("p");
  line.className = `toast ${kind}`;
  line.textContent = sentence;
  box.append(line);
  setTimeout(() => line.remove(), 8000);
}
