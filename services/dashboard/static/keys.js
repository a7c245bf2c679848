// Keys for what a page has: each element with `data-key` is clicked by its key, and `?` tells them all.
// On lists, the arrows go from item to item.

const SIGNS = { ArrowLeft: "←", ArrowRight: "→", Delete: "Del", Escape: "Esc", PageUp: "Page ↑", PageDown: "Page ↓" };
const typing = (target) => target.closest?.("input, select, textarea, [contenteditable]");

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "?") {
    event.preventDefault();
    help();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  const keyed = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (keyed && !keyed.disabled) {
    event.preventDefault();
    keyed.click();
    return;
  }
  step(event);
});

function step(event) {
  const by = { ArrowRight: 1, ArrowDown: 1, j: 1, ArrowLeft: -1, ArrowUp: -1, k: -1 }[event.key];
  const items = [...document.querySelectorAll("[data-item]")];
  if (!by || !items.length) return;
  const at = items.indexOf(document.activeElement);
  const next = items[at < 0 ? (by > 0 ? 0 : items.length - 1) : at + by];
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function help() {
  document.querySelector("dialog.okko-keys")?.remove();
  const dialog = document.createElement("dialog");
  dialog.className = "okko-keys";
  const list = document.createElement("dl");
  const told = new Set();
  const tell = (key, text) => {
    if (told.has(key) || !text) return;
    told.add(key);
    const term = document.createElement("dt"), words = document.createElement("dd"), kbd = document.createElement("kbd");
    kbd.textContent = SIGNS[key] ?? key;
    term.append(kbd);
    words.textContent = text;
    list.append(term, words);
  };
  for (const one of document.querySelectorAll("[data-key]")) {
    tell(one.dataset.key, one.getAttribute("aria-label") ?? one.querySelector("span")?.textContent ?? one.textContent.trim());
  }
  dialog.append(list);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", () => dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}
